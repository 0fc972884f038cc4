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
  ['New plan', '/plans/new', 'plans:write'],
  ['New customer', '/customers?new', 'customers:write'],
  ['New subscription', '/subscriptions/new', 'subscriptions:write'],
  ['New API key', '/api-keys?new', 'keys:write'],
  ['Add endpoint', '/webhooks?new', 'webhooks:write'],
  ['Invite member', '/members?new', 'members:write'],
  ['Send event', '/events?new', 'track:write'],
]

/** What the open page offers in its head and may be done now. */
function actsHere(): Offer[] {
  const shown = document.querySelectorAll<HTMLElement>('#page header :is(a, button)[data-kind]')
  return [...shown]
    .filter((act) => act.getAttribute('aria-disabled') !== 'true' && act.textContent)
    .map((act) => {
      const name = act.textContent ?? ''
      // The palette gives the focus back before it acts, so that a dialog which opens then can take it.
      return { key: `here ${name}`, kind: 'Here', name, run: () => setTimeout(() => act.click()) }
    })
}

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
  const here = actsHere()
  const named = new Set(here.map(({ name }) => name))
  const elsewhere = acts.filter(({ name }) => !named.has(name))
  return [...here, ...pages, ...money, ...elsewhere, ...themes, ...others, list]
}

/** Those that a text fits: every word of it begins a word of theirs. */
export function fitting(offers: readonly Offer[], text: string): Offer[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  return offers.filter(({ name, kind }) => {
    const own = `${name} ${kind}`.toLowerCase().split(/[\s:]+/)
    return words.every((word) => own.some((one) => one.startsWith(word)))
  })
}
