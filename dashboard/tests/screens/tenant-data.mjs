// An organization with something of everything, for looking at.
import { daysAgo, invoiced, until } from '../journeys/founding.mjs'

const DAY = 86_400_000
const MODELS = ['gpt', 'claude', 'llama', 'mistral', 'gemini', 'qwen', 'phi', 'falcon']
const CUSTOMERS = [
  ['user_123', 'Example Ltd', 12_000],
  ['acme-gmbh', 'Acme Gesellschaft für angewandte Technologie mbH', 52],
  ['globex', 'Globex', 30],
  ['initech', 'Initech', 17],
  ['hooli', 'Hooli', 90],
]

/** Metrics, events of a month, refused and conflicting ones, invoices in several states, a payment, a credit note, a backfill. */
export async function fill(api) {
  // Nobody listens there: what deliveries look like when they fail.
  await api('POST', '/api/webhooks/endpoints', { url: 'http://127.0.0.1:9/hooks', eventTypes: ['invoice.created'] })
  const invoices = []
  for (const [customerId, name, calls] of CUSTOMERS) invoices.push(await invoiced(api, { customerId, name, calls }))
  const metric = { code: 'TOKENS', name: 'Tokens', unit: 'token', aggregation: 'SUM', valueProperty: 'tokens' }
  await api('POST', '/api/metrics', { ...metric, eventName: 'LLM_CALL', groupBy: ['model', 'region'] })
  const events = Array.from({ length: 28 * 40 }, (_, at) => ({
    metric: 'LLM_CALL',
    customerId: CUSTOMERS[at % 3][0],
    timestamp: new Date(Date.now() - Math.floor(at / 40) * DAY - ((at * 7919) % 80_000) * 1000).toISOString(),
    idempotencyKey: `llm-${at}`,
    properties: { model: MODELS[((at * at) % 11) % 8], region: ['eu', 'us'][at % 2], tokens: (at * 7919) % 1000 },
  }))
  for (let at = 0; at < events.length; at += 500) {
    await api('POST', '/api/track/batch', { events: events.slice(at, at + 500) })
  }
  const call = { metric: 'API_CALL', customerId: 'user_123' }
  for (const amount of [1, 2]) await api('POST', '/api/track', { ...call, amount, idempotencyKey: 'clash' })
  await api('POST', '/api/track/batch', {
    events: [
      { ...call, amount: 1 },
      { ...call, metric: 'API_CAL', amount: 1 },
    ],
  })
  const [first, second, third] = invoices
  const amount = { amountMinor: 5000, currency: 'USD' }
  await api('POST', `/api/invoices/${first.id}/payments`, { amount, reference: 'bank-1', status: 'succeeded' })
  const { lines } = await api('GET', `/api/invoices/${first.id}`)
  await api('POST', `/api/invoices/${first.id}/credit-notes`, {
    disposition: 'reduce_due',
    reason: 'An outage on 3 November',
    lines: [{ lineId: lines[0].id, amount: { amountMinor: 1000, currency: 'USD' } }],
  })
  await api('POST', `/api/invoices/${second.id}/payments`, {
    amount: second.total,
    reference: 'bank-2',
    status: 'succeeded',
  })
  await api('POST', `/api/invoices/${third.id}/void`, { reason: 'Wrong customer' })
  await api('POST', '/api/backfills', {
    name: 'old-logs',
    reason: 'A collector was down',
    from: daysAgo(250),
    to: daysAgo(249),
  })
  await until(
    () => api('GET', '/api/conflicts'),
    ({ data }) => data.length > 0,
  )
}

/** One id of each kind, for the pages that show one object. */
export async function idsOf(context, { id, api }) {
  const first = async (path, name = 'id') => (await api('GET', path)).data[0]?.[name]
  const entries = await context.request.get('/api/audit-logs?limit=1', { headers: { 'UsageFlow-Organization': id } })
  return {
    invoiceId: await first('/api/invoices?number=INV-000001'),
    creditNoteId: await first('/api/credit-notes'),
    runId: await first('/api/billing-runs'),
    planId: await first('/api/plans'),
    metricId: await first('/api/metrics?code=TOKENS'),
    subscriptionId: await first('/api/subscriptions'),
    customerId: 'user_123',
    eventId: await first('/api/events?metric=LLM_CALL', 'eventId'),
    rejectedEventId: await first('/api/rejected-events'),
    conflictId: await first('/api/conflicts'),
    backfillId: await first('/api/backfills'),
    entryId: (await entries.json()).data[0]?.id,
    endpointId: await first('/api/webhooks/endpoints'),
    dispatchId: await first('/api/webhooks/dispatches'),
    webhookEventId: await first('/api/webhooks/events?type=invoice.created'),
    deliveryId: await first('/api/webhooks/deliveries'),
  }
}
