/** The keys of the dashboard. Single ones never fire in fields, and can be turned off. */

/** After G, where to. */
export const GO_TO: Readonly<Record<string, readonly [label: string, href: string]>> = {
  o: ['Overview', ''],
  u: ['Usage', '/usage'],
  e: ['Events', '/events'],
  m: ['Metrics', '/metrics'],
  p: ['Plans', '/plans'],
  c: ['Customers', '/customers'],
  s: ['Subscriptions', '/subscriptions'],
  i: ['Invoices', '/invoices'],
  w: ['Webhooks', '/webhooks'],
  k: ['API keys', '/api-keys'],
}

export const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ['Ctrl K', 'Find anything (⌘ K on a Mac)'],
  ['/', 'Go to the first filter'],
  ['J K', 'Next and previous row'],
  ['Enter', 'Open the row'],
  ['Esc', 'Close'],
  ['C', 'Create, on a list'],
  ['E', 'Edit what is open'],
  ['Y', 'Copy the first id of the page'],
  ['.', 'Pause or resume what is live'],
  ['[', 'Fold or unfold the sidebar'],
  ['?', 'This list'],
]

export type Shortcut =
  | { act: 'palette' | 'list' | 'sidebar' | 'filter' | 'create' | 'edit' | 'copy' | 'pause' }
  | { act: 'go'; href: string }
  | { act: 'row'; step: 1 | -1 }

export type Pressed = { key: string; meta: boolean; ctrl: boolean; alt: boolean; afterG: boolean; inField: boolean }

const SINGLE: Readonly<Record<string, Shortcut>> = {
  '/': { act: 'filter' },
  '?': { act: 'list' },
  '[': { act: 'sidebar' },
  '.': { act: 'pause' },
  c: { act: 'create' },
  e: { act: 'edit' },
  y: { act: 'copy' },
  j: { act: 'row', step: 1 },
  k: { act: 'row', step: -1 },
}

/** What pressing a key means, or null. */
export function shortcutOf({ key, meta, ctrl, alt, afterG, inField }: Pressed): Shortcut | null {
  if ((meta || ctrl) && !alt && key.toLowerCase() === 'k') return { act: 'palette' }
  if (inField || meta || ctrl || alt) return null
  if (afterG) {
    const place = GO_TO[key]
    return place ? { act: 'go', href: place[1] } : null
  }
  return SINGLE[key] ?? null
}
