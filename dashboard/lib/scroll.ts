/** Where the pages of this tab were scrolled to when they were left, and whether the reader is on the way back to one. */

const RETURNING = 'uf-returning'

function place(pathname: string): string {
  return `uf-scroll-${pathname}`
}

export function keepScroll(pathname: string, top: number): void {
  sessionStorage.setItem(place(pathname), String(Math.round(top)))
}

/** A breadcrumb was followed. */
export function goBackTo(pathname: string): void {
  sessionStorage.setItem(RETURNING, pathname)
}

/** Where a page that a breadcrumb led to is to be scrolled, asked once; null for any other. */
export function returnsTo(pathname: string): number | null {
  if (sessionStorage.getItem(RETURNING) !== pathname) return null
  sessionStorage.removeItem(RETURNING)
  const top = Number.parseInt(sessionStorage.getItem(place(pathname)) ?? '', 10)
  return Number.isNaN(top) || top === 0 ? null : top
}
