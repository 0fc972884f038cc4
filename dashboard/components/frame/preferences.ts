'use client'

import { useState } from 'react'

/** What a reader fixed on this machine. It is set on <html> before the first paint. */
export type Preference = 'theme' | 'density' | 'shortcuts' | 'sidebar'

function readPreference(name: Preference, fallback: string): string {
  return typeof document === 'undefined' ? fallback : (document.documentElement.dataset[name] ?? fallback)
}

export function keepPreference(name: Preference, value: string, fallback: string): void {
  if (value === fallback) {
    delete document.documentElement.dataset[name]
    localStorage.removeItem(`uf-${name}`)
  } else {
    document.documentElement.dataset[name] = value
    localStorage.setItem(`uf-${name}`, value)
  }
}

export function usePreference(name: Preference, fallback: string): [string, (value: string) => void] {
  const [value, setValue] = useState(() => readPreference(name, fallback))
  return [
    value,
    (next) => {
      keepPreference(name, next, fallback)
      setValue(next)
    },
  ]
}

export function toggleSidebar(): void {
  keepPreference('sidebar', readPreference('sidebar', 'open') === 'open' ? 'folded' : 'open', 'open')
}
