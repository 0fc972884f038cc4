'use client'

import { Menu, MenuChoice, MenuItem } from '@/components/menu'
import { useOrganization } from '@/features/session/organization'
import { apiOf } from '@/lib/api/client'
import { OPEN_SHORTCUTS } from './keyboard'
import { usePreference } from './preferences'

/** Who is signed in: theme, density, sign out. */
export function UserMenu() {
  const { session } = useOrganization()
  const [theme, setTheme] = usePreference('theme', 'system')
  const [density, setDensity] = usePreference('density', 'comfortable')
  const [shortcuts, setShortcuts] = usePreference('shortcuts', 'on')
  const { name, email } = session.user
  const signOut = async () => {
    await apiOf().POST('/api/auth/sign-out')
    window.location.assign('/sign-in')
  }
  const trigger = (
    <button
      type="button"
      className="flex min-h-11 w-full items-center gap-2 rounded-control px-2 py-1 text-left lg:in-data-[sidebar=folded]:px-0 lg:in-data-[sidebar=folded]:justify-center hover:bg-sunken"
    >
      <span
        aria-hidden
        className="inline-flex size-7 shrink-0 items-center justify-center rounded-full bg-neutral-bg font-medium text-text-2"
      >
        {name.slice(0, 1).toUpperCase()}
      </span>
      <span className="min-w-0 flex-1 lg:in-data-[sidebar=folded]:sr-only">
        <span className="block truncate font-medium">{name}</span>
        <span className="block truncate text-caption text-text-3">{email}</span>
      </span>
    </button>
  )
  return (
    <Menu trigger={trigger} label="You">
      <MenuChoice
        title="Theme"
        value={theme}
        onChoose={setTheme}
        choices={[
          { value: 'system', label: 'System' },
          { value: 'light', label: 'Light' },
          { value: 'dark', label: 'Dark' },
        ]}
      />
      <MenuChoice
        title="Density"
        value={density}
        onChoose={setDensity}
        choices={[
          { value: 'comfortable', label: 'Comfortable' },
          { value: 'compact', label: 'Compact' },
        ]}
      />
      <MenuChoice
        title="Single-key shortcuts"
        value={shortcuts}
        onChoose={setShortcuts}
        choices={[
          { value: 'on', label: 'On' },
          { value: 'off', label: 'Off' },
        ]}
      />
      <div className="my-1 border-t border-border" />
      <MenuItem onSelect={() => window.dispatchEvent(new Event(OPEN_SHORTCUTS))}>Shortcuts</MenuItem>
      <MenuItem onSelect={() => void signOut()}>Sign out</MenuItem>
    </Menu>
  )
}
