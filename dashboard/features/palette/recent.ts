import type { Found } from './search'

const RECENT_MAX = 6

function place(organizationId: string): string {
  return `uf-recent-${organizationId}`
}

/** What was opened from the palette lately, newest first. */
export function readRecent(organizationId: string): Found[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(place(organizationId)) ?? '[]')
    return Array.isArray(kept) ? (kept as Found[]).slice(0, RECENT_MAX) : []
  } catch {
    return []
  }
}

export function keepRecent(organizationId: string, found: Found): void {
  const others = readRecent(organizationId).filter(({ key }) => key !== found.key)
  localStorage.setItem(place(organizationId), JSON.stringify([found, ...others].slice(0, RECENT_MAX)))
}
