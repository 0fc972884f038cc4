// The demo organization (`usageflow seed demo`), as somebody who has signed in sees it, and which of its things are worth a picture.
const NAME = 'Polarlicht Cloud'

/** Signs in in the browser's context; `get(path)` reads in the demo organization, `path(below)` is a page of it. */
export async function enter(context, email) {
  const origin = new URL(process.env.DASHBOARD_URL).origin
  const data = { email, password: process.env.OWNER_PASSWORD }
  const session = await readJson(await context.request.post('/api/auth/sign-in', { headers: { Origin: origin }, data }))
  const { id } = session.organizations.find(({ name }) => name === NAME)
  const headers = { 'UsageFlow-Organization': id }
  const get = async (path) => readJson(await context.request.get(path, { headers }))
  return { id, get, path: (below) => `/o/${id}${below}` }
}

async function readJson(answer) {
  if (!answer.ok()) throw new Error(`${answer.status()} of ${answer.url()}: ${await answer.text()}`)
  return answer.json()
}

/** One id of each kind, for the pages that show one object: the fullest of its kind where there is a difference. */
export async function idsOf({ get }) {
  const first = async (path, name = 'id') => (await get(path)).data[0]?.[name]
  return {
    invoiceId: await adjusted(get),
    creditNoteId: await first('/api/credit-notes'),
    runId: await first('/api/billing-runs'),
    planId: await first('/api/plans?code=SCALE'),
    metricId: await first('/api/metrics?code=API_CALL'),
    subscriptionId: await first('/api/subscriptions?customerId=creperie-elodie'),
    customerId: 'mueller-soehne',
    eventId: await first('/api/events?metric=API_CALL', 'eventId'),
    rejectedEventId: await first('/api/rejected-events'),
    conflictId: await first('/api/conflicts'),
    backfillId: await first('/api/backfills'),
    entryId: await first('/api/audit-logs?limit=1'),
    endpointId: await first('/api/webhooks/endpoints'),
    dispatchId: await first('/api/webhooks/dispatches'),
    webhookEventId: await first('/api/webhooks/events?type=invoice.created'),
    deliveryId: await first('/api/webhooks/deliveries'),
  }
}

/** Pages whose content is unlike that of their kind: another currency, other letters, a long name, a failed payment. Name → address. */
export async function peculiarPages({ get }) {
  const invoiceOf = async (customerId) => (await get(`/api/invoices?customerId=${customerId}`)).data[0].id
  return {
    'invoice without decimals': `/invoices/${await invoiceOf('hoshi-soft')}`,
    'invoice with three decimals': `/invoices/${await invoiceOf('al-nakheel')}`,
    'invoice in dunning': `/invoices/${await invoiceOf('creperie-elodie')}`,
    'invoice of a matrix': `/invoices/${await invoiceOf('atlas-robotics')}`,
    'customer with a long name': '/customers/nordversicherung',
    'customer right to left': '/customers/al-nakheel',
    'usage grouped': '/usage?metric=LLM_TOKENS&range=30d&groupBy=model',
    'usage compared': '/usage?metric=API_CALL&range=30d&compare=previous',
  }
}

async function adjusted(get) {
  const { data } = await get('/api/invoices?customerId=nordversicherung')
  for (const { id } of data) {
    const { lines } = await get(`/api/invoices/${id}`)
    if (lines.some(({ kind }) => kind === 'adjustment')) return id
  }
  return data[0]?.id
}
