import { NAVIGATION } from '@/components/frame/navigation'
import { keepPreference } from '@/components/frame/preferences'

/** Something the palette offers: a place to go, or an act. */
export type Offer = { key: string; kind: string; name: string; detail?: string; href?: string; run?: () => void }

type Here = {
  may: (scope: string) => boolean
  organizationId: string
  organizations: readonly { id: string; name: string }[]
  onShortcuts: () => void
}

const NEW: readonly (readonly [name: string, href: string, scope: string])[] = [
  ['New metric', '/metrics/new', 'metrics:write'],
  ['Send the first event', '/get-started', 'track:write'],
]

/** Pages, acts, themes and organizations: what the reader may not do is absent. */
export function offersOf({ may, organizationId, organizations, onShortcuts }: Here): Offer[] {
  const pages = NAVIGATION.flatMap(({ entries }) => entries)
    .filter(({ scope }) => !scope || may(scope))
    .map(({ label, href }) => ({ key: `page ${href}`, kind: 'Page', name: label, href }))
  const money = may('invoices:read')
    ? [
        { key: 'page /credit-notes', kind: 'Page', name: 'Credit notes', href: '/credit-notes' },
        { key: 'page /billing-runs', kind: 'Page', name: 'Billing runs', href: '/billing-runs' },
      ]
    : []
  const acts = NEW.filter(([, , scope]) => may(scope)).map(([name, href]) => ({ key: name, kind: 'Act', name, href }))
  const themes = ['System', 'Light', 'Dark'].map((name) => ({
    key: `theme ${name}`,
    kind: 'Theme',
    name: `Theme: ${name.toLowerCase()}`,
    run: () => keepPreference('theme', name.toLowerCase(), 'system'),
  }))
  const others = organizations
    .filter(({ id }) => id !== organizationId)
    .map(({ id, name }) => ({
      key: id,
      kind: 'Organization',
      name,
      run: () => window.location.assign(`/o/${id}`),
    }))
  const list = { key: 'shortcuts', kind: 'Help', name: 'Shortcuts', run: onShortcuts }
  return [...pages, ...money, ...acts, ...themes, ...others, list]
}

/** Those that a text fits: every word of it begins a word of theirs. */
export function fitting(offers: readonly Offer[], text: string): Offer[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  return offers.filter(({ name, kind }) => {
    const own = `${name} ${kind}`.toLowerCase().split(/[\s:]+/)
    return words.every((word) => own.some((one) => one.startsWith(word)))
  })
}
