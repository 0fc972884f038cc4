'use client'

import { usePathname, useSearchParams } from 'next/navigation'
import { useCallback, useEffect, useMemo } from 'react'

type Changes = Record<string, string | null>

function place(pathname: string): string {
  return `uf-filters-${pathname}`
}

/** The query string that a page of this tab had last, with its question mark; else nothing. */
export function lastFilters(pathname: string): string {
  const text = sessionStorage.getItem(place(pathname))
  return text ? `?${text}` : ''
}

/**
 * The query string as the state of a page. `read` drops what is invalid. Choosing pushes a history entry; typing replaces
 * the present one. The page itself is not asked of the server again.
 */
export function useUrlState<State>(
  read: (given: URLSearchParams) => State,
): [State, (changes: Changes, how?: 'push' | 'replace') => void] {
  const given = useSearchParams()
  const pathname = usePathname()
  const text = given.toString()
  const state = useMemo(() => read(new URLSearchParams(text)), [read, text])
  useEffect(() => sessionStorage.setItem(place(pathname), text), [pathname, text])
  const change = useCallback(
    (changes: Changes, how: 'push' | 'replace' = 'push') => {
      const next = new URLSearchParams(window.location.search)
      for (const [name, value] of Object.entries(changes)) {
        if (value === null || value === '') next.delete(name)
        else next.set(name, value)
      }
      const address = next.size > 0 ? `${pathname}?${next}` : pathname
      if (how === 'push') window.history.pushState(null, '', address)
      else window.history.replaceState(null, '', address)
    },
    [pathname],
  )
  return [state, change]
}
