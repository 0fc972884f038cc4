'use client'

import { useSearchParams } from 'next/navigation'
import { useEffect, useState } from 'react'

/** Whether a page's form for something new is open; a link with `?new`, such as the palette's, opens it. */
export function useAskedForNew(): [boolean, (open: boolean) => void] {
  const asked = useSearchParams().has('new')
  const [open, setOpen] = useState(asked)
  useEffect(() => {
    if (!asked) return
    setOpen(true)
    // Closed and reloaded, the page stays as it is then.
    const rest = new URLSearchParams(window.location.search)
    rest.delete('new')
    window.history.replaceState(null, '', window.location.pathname + (rest.size > 0 ? `?${rest}` : ''))
  }, [asked])
  return [open, setOpen]
}
