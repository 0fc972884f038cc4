'use client'

import { usePathname } from 'next/navigation'
import { useEffect } from 'react'
import { keepScroll, returnsTo } from '@/lib/scroll'

const PATIENCE_MILLISECONDS = 3000

/** Who leaves a page by a click and comes back by its breadcrumb finds it scrolled as it was. */
export function ScrollKeeper() {
  const pathname = usePathname()
  useEffect(() => {
    const keep = () => keepScroll(pathname, window.scrollY)
    window.addEventListener('click', keep, { capture: true })
    return () => window.removeEventListener('click', keep, { capture: true })
  }, [pathname])
  useEffect(() => {
    const wanted = returnsTo(pathname)
    if (wanted === null) return
    const until = Date.now() + PATIENCE_MILLISECONDS
    let frame = 0
    // The rows come after the page: it is scrolled as soon as it is tall enough.
    const scroll = () => {
      if (document.documentElement.scrollHeight >= wanted + window.innerHeight) window.scrollTo(0, wanted)
      else if (Date.now() < until) frame = requestAnimationFrame(scroll)
    }
    frame = requestAnimationFrame(scroll)
    return () => cancelAnimationFrame(frame)
  }, [pathname])
  return null
}
