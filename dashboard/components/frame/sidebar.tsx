'use client'

import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { useOrganization } from '@/features/session/organization'
import { NAVIGATION } from './navigation'
import { OrganizationSwitcher } from './organization-switcher'
import { UserMenu } from './user-menu'

/** The organization, its pages, and who is signed in. */
export function Sidebar({ onNavigate }: { onNavigate?: () => void }) {
  const { path, may } = useOrganization()
  const pathname = usePathname()
  return (
    <div className="flex h-full flex-col gap-2 p-3">
      <OrganizationSwitcher />
      <nav aria-label="Pages" className="flex-1 overflow-y-auto">
        {NAVIGATION.map(({ title, entries }) => {
          const shown = entries.filter(({ scope }) => !scope || may(scope))
          if (shown.length === 0) return null
          return (
            <div key={title ?? ''} className="mt-3">
              {title && <h2 className="px-2 pb-1 text-caption font-medium text-text-3">{title}</h2>}
              <ul>
                {shown.map(({ label, href, icon: Icon }) => {
                  // The overview is the organization's own address, below which everything lies.
                  const here = pathname === path(href) || (href !== '' && pathname.startsWith(`${path(href)}/`))
                  return (
                    <li key={href}>
                      <Link
                        href={path(href)}
                        onClick={onNavigate}
                        aria-current={here ? 'page' : undefined}
                        className={`flex h-8 items-center gap-2 rounded-control px-2 max-lg:h-11 ${here ? 'bg-selected font-medium text-accent-text' : 'text-text-2 hover:bg-sunken hover:text-text'}`}
                      >
                        <Icon size={16} strokeWidth={1.75} aria-hidden />
                        {label}
                      </Link>
                    </li>
                  )
                })}
              </ul>
            </div>
          )
        })}
      </nav>
      <UserMenu />
    </div>
  )
}
