'use client'

import { ChevronsUpDown } from 'lucide-react'
import { Menu, MenuItem } from '@/components/menu'
import { useOrganization } from '@/features/session/organization'

/** Which organization this is, and the way to another one: a whole new page, so that nothing of the first stays. */
export function OrganizationSwitcher() {
  const { id, name, role, session, facts } = useOrganization()
  const trigger = (
    <button
      type="button"
      className="flex min-h-11 w-full items-center gap-2 rounded-control border border-border bg-surface px-2 py-1 text-left lg:in-data-[sidebar=folded]:px-0 lg:in-data-[sidebar=folded]:justify-center hover:bg-sunken"
    >
      <span
        aria-hidden
        className="inline-flex size-7 shrink-0 items-center justify-center rounded-control bg-ink font-semibold text-on-ink"
      >
        {name.slice(0, 1).toUpperCase()}
      </span>
      <span className="min-w-0 flex-1 lg:in-data-[sidebar=folded]:sr-only">
        <span className="block truncate font-medium">{name}</span>
        <span className="block text-caption text-text-3">
          {role.toLowerCase()}
          {facts.mode === 'test' && ' · test'}
        </span>
      </span>
      <ChevronsUpDown
        size={16}
        strokeWidth={1.75}
        aria-hidden
        className="text-text-3 lg:in-data-[sidebar=folded]:hidden"
      />
    </button>
  )
  return (
    <Menu trigger={trigger} label="Organizations">
      {session.organizations.map((organization) => (
        <MenuItem key={organization.id} onSelect={() => window.location.assign(`/o/${organization.id}`)}>
          <span className="inline-flex w-4 justify-center">{organization.id === id ? '✓' : ''}</span>
          <span className="min-w-0 flex-1 truncate">{organization.name}</span>
          <span className="text-caption text-text-3">{organization.role.toLowerCase()}</span>
        </MenuItem>
      ))}
    </Menu>
  )
}
