'use client'

import { useState } from 'react'
import { Menu, MenuChoice, MenuItem } from '@/components/menu'
import { useOrganization } from '@/features/session/organization'
import { apiOf } from '@/lib/api/client'

type Preference = 'theme' | 'density'

function readPreference(name: Preference, fallback: string): string {
  return typeof document === 'undefined' ? fallback : (document.documentElement.dataset[name] ?? fallback)
}

function keepPreference(name: Preference, value: string, fallback: string): void {
  if (value === fallback) {
    delete document.documentElement.dataset[name]
    localStorage.removeItem(`uf-${name}`)
  } else {
    document.documentElement.dataset[name] = value
    localStorage.setItem(`uf-${name}`, value)
  }
}

function usePreference(name: Preference, fallback: string): [string, (value: string) => void] {
  const [value, setValue] = useState(() => readPreference(name, fallback))
  return [
    value,
    (next) => {
      keepPreference(name, next, fallback)
      setValue(next)
    },
  ]
}

/** Who is signed in: theme, density, sign out. */
export function UserMenu() {
  const { session } = useOrganization()
  const [theme, setTheme] = usePreference('theme', 'system')
  const [density, setDensity] = usePreference('density', 'comfortable')
  const { name, email } = session.user
  const signOut = async () => {
    await apiOf().POST('/api/auth/sign-out')
    window.location.assign('/sign-in')
  }
  const trigger = (
    <button
      type="button"
      className="flex min-h-11 w-full items-center gap-2 rounded-control px-2 py-1 text-left hover:bg-sunken"
    >
      <span
        aria-hidden
        className="inline-flex size-7 shrink-0 items-center justify-center rounded-full bg-neutral-bg font-medium text-text-2"
      >
        {name.slice(0, 1).toUpperCase()}
      </span>
      <span className="min-w-0 flex-1">
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
      <div className="my-1 border-t border-border" />
      <MenuItem onSelect={() => void signOut()}>Sign out</MenuItem>
    </Menu>
  )
}
