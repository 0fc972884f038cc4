'use client'

import { useEffect } from 'react'

/** Moves within the list without asking the server for a page. */
export function goTo(address: string): void {
  window.history.pushState(null, '', address + window.location.search)
}

/** J and K walk from one open row to the next. */
export function useWalk(ids: readonly string[], openId: string | null, open: (id: string) => void): void {
  useEffect(() => {
    if (!openId) return
    const walk = (event: KeyboardEvent) => {
      if ((event.target as HTMLElement).closest('input, textarea, select') || event.metaKey || event.ctrlKey) return
      const step = event.key === 'j' ? 1 : event.key === 'k' ? -1 : 0
      const next = ids[ids.indexOf(openId) + step]
      if (step && next) open(next)
    }
    window.addEventListener('keydown', walk)
    return () => window.removeEventListener('keydown', walk)
  }, [ids, openId, open])
}
