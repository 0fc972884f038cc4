'use client'

import { PanelLeft, Search } from 'lucide-react'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { PipelineLight } from '@/features/pipeline/pipeline-light'
import { useOrganization } from '@/features/session/organization'
import { OPEN_PALETTE } from './keyboard'
import { NAVIGATION } from './navigation'
import { OrganizationSwitcher } from './organization-switcher'
import { toggleSidebar } from './preferences'
import { UserMenu } from './user-menu'

/** Words that a folded sidebar keeps for readers alone. */
const FOLDED = 'lg:in-data-[sidebar=folded]:sr-only'

/** The organization, its pages, and who is signed in. */
export function Sidebar({ onNavigate }: { onNavigate?: () => void }) {
  const { path, may } = useOrganization()
  const pathname = usePathname()
  return (
    <div className="flex h-full flex-col gap-2 p-3">
      <OrganizationSwitcher />
      <button
        type="button"
        onClick={() => {
          onNavigate?.()
          window.dispatchEvent(new Event(OPEN_PALETTE))
        }}
        title="Find anything (Ctrl K)"
        className="flex h-8 items-center gap-2 rounded-control border border-border bg-surface px-2 text-text-2 hover:bg-sunken max-lg:h-11"
      >
        <Search size={16} strokeWidth={1.75} aria-hidden className="shrink-0" />
        <span className={FOLDED}>Find anything</span>
        <kbd aria-hidden className="ml-auto text-caption text-text-3 lg:in-data-[sidebar=folded]:hidden">
          Ctrl K
        </kbd>
      </button>
      <nav aria-label="Pages" className="flex-1 overflow-y-auto">
        {NAVIGATION.map(({ title, entries }) => {
          const shown = entries.filter(({ scope }) => !scope || may(scope))
          if (shown.length === 0) return null
          return (
            <div key={title ?? ''} className="mt-3">
              {title && <h2 className={`px-2 pb-1 text-caption font-medium text-text-3 ${FOLDED}`}>{title}</h2>}
              <ul>
                {shown.map(({ label, href, icon: Icon }) => {
                  // The overview is the organization's own address, below which everything lies.
                  const here = pathname === path(href) || (href !== '' && pathname.startsWith(`${path(href)}/`))
                  return (
                    <li key={href}>
                      <Link
                        href={path(href)}
                        onClick={onNavigate}
                        title={label}
                        aria-current={here ? 'page' : undefined}
                        className={`flex h-8 items-center gap-2 rounded-control px-2 max-lg:h-11 ${here ? 'bg-selected font-medium text-accent-text' : 'text-text-2 hover:bg-sunken hover:text-text'}`}
                      >
                        <Icon size={16} strokeWidth={1.75} aria-hidden className="shrink-0" />
                        <span className={FOLDED}>{label}</span>
                      </Link>
                    </li>
                  )
                })}
              </ul>
            </div>
          )
        })}
      </nav>
      <div className="flex flex-col gap-1">
        <PipelineLight />
        <UserMenu />
        <button
          type="button"
          onClick={toggleSidebar}
          title="Fold or unfold the sidebar ([)"
          className="flex h-8 items-center gap-2 rounded-control px-2 text-caption text-text-2 hover:bg-sunken max-lg:hidden"
        >
          <PanelLeft size={16} strokeWidth={1.75} aria-hidden className="shrink-0" />
          <span className={FOLDED}>Fold sidebar</span>
        </button>
      </div>
    </div>
  )
}
