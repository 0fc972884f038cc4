import type { Api } from '@/lib/api/client'
import { answerOf } from '@/lib/api/problem'

/** A line of the palette: where it leads. */
export type Found = { key: string; kind: string; name: string; detail?: string; href: string }

const PREFIXES: Readonly<Record<string, readonly [kind: string, folder: string, scope: string]>> = {
  inv: ['Invoice', '/invoices', 'invoices:read'],
  cn: ['Credit note', '/credit-notes', 'invoices:read'],
  run: ['Billing run', '/billing-runs', 'invoices:read'],
  sub: ['Subscription', '/subscriptions', 'subscriptions:read'],
  pln: ['Plan', '/plans', 'plans:read'],
  met: ['Metric', '/metrics', 'metrics:read'],
  bf: ['Backfill', '/events/backfills', 'events:read'],
  cnf: ['Conflict', '/events/conflicts', 'events:read'],
  rej: ['Rejected event', '/events/rejected', 'events:read'],
  aud: ['Audit entry', '/audit-log', 'audit:read'],
  we: ['Endpoint', '/webhooks/endpoints', 'webhooks:read'],
  dsp: ['Dispatch', '/webhooks/dispatches', 'webhooks:read'],
  dlv: ['Delivery', '/webhooks/deliveries', 'webhooks:read'],
}
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const EACH = 5

/** What an id leads to, without asking anybody. */
export function directly(text: string, may: (scope: string) => boolean): Found | null {
  if (UUID.test(text) && may('events:read')) {
    return { key: text, kind: 'Event', name: text, href: `/events/${text.toLowerCase()}` }
  }
  const [, prefix = ''] = /^([a-z]+)_[0-9a-f]{32}$/.exec(text) ?? []
  const [kind, folder, scope] = PREFIXES[prefix] ?? []
  if (!kind || !scope || !may(scope)) return null
  return { key: text, kind, name: text, href: `${folder}/${text}` }
}

/** Customers, invoices, plans and metrics that a text names, asked for at once; those named exactly come first. */
export async function search(api: Api, text: string, may: (scope: string) => boolean): Promise<Found[]> {
  const asked: Promise<Found[]>[] = []
  if (may('customers:read')) asked.push(customers(api, text))
  if (may('invoices:read')) asked.push(invoices(api, text))
  const code = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/.test(text)
  if (code && may('plans:read')) asked.push(plans(api, text))
  if (code && may('metrics:read')) asked.push(metrics(api, text))
  const settled = await Promise.allSettled(asked)
  const found = settled.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
  const wanted = text.toLowerCase()
  const exact = ({ name, detail }: Found) => [name, detail].some((word) => word?.toLowerCase() === wanted)
  return [...found.filter(exact), ...found.filter((one) => !exact(one))]
}

async function customers(api: Api, q: string): Promise<Found[]> {
  const { body } = await answerOf(api.GET('/api/customers', { params: { query: { q, limit: EACH } } }))
  return body.data.map(({ customerId, name }) => ({
    key: `customer ${customerId}`,
    kind: 'Customer',
    name: name ?? customerId,
    detail: customerId,
    href: `/customers/${encodeURIComponent(customerId)}`,
  }))
}

/** A number, or its digits alone. */
async function invoices(api: Api, text: string): Promise<Found[]> {
  const digits = /^\d+$/.test(text) ? `INV-${text.padStart(6, '0')}` : text.toUpperCase()
  if (!/-?\d+$/.test(digits)) return []
  const query = { number: digits, limit: EACH }
  const { body } = await answerOf(api.GET('/api/invoices', { params: { query } }))
  return body.data.map(({ id, number, customer, customerId }) => ({
    key: id,
    kind: 'Invoice',
    name: number ?? 'Draft',
    detail: String(customer?.name ?? customerId),
    href: `/invoices/${id}`,
  }))
}

async function plans(api: Api, text: string): Promise<Found[]> {
  const query = { code: text.toUpperCase(), limit: EACH }
  const { body } = await answerOf(api.GET('/api/plans', { params: { query } }))
  return body.data.map(({ id, name, code }) => ({ key: id, kind: 'Plan', name, detail: code, href: `/plans/${id}` }))
}

async function metrics(api: Api, text: string): Promise<Found[]> {
  const query = { code: text.toUpperCase(), limit: EACH }
  const { body } = await answerOf(api.GET('/api/metrics', { params: { query } }))
  return body.data.map(({ id, name, code }) => ({
    key: id,
    kind: 'Metric',
    name,
    detail: code,
    href: `/metrics/${id}`,
  }))
}
