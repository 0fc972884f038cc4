// An organization for journeys: founded through the API by somebody who is then signed in, filled through a key of its own.
const PASSWORD = 'quiet-harbour-lantern-42'

/**
 * Founds an organization in the browser's context; a test organization has a clock that can be moved. `api(method, path, body)`
 * acts in it with every right a key may have, `own(method, path, body, version)` as the owner who is signed in.
 */
export async function found(context, { name = 'Northwind', person = 'Ada Lovelace', mode = 'live' } = {}) {
  const email = `${crypto.randomUUID()}@example.com`
  const signedUp = await context.request.post('/api/auth/sign-up', {
    headers: { Origin: new URL(process.env.DASHBOARD_URL).origin },
    data: { name: person, email, password: PASSWORD, organizationName: name },
  })
  const session = await readJson(signedUp)
  const [{ id: first, scopes }] = session.organizations
  const founded =
    mode === 'live' || (await actingIn(context, session, first)('POST', '/api/organizations', { name, mode }))
  const id = founded.id ?? first
  const own = actingIn(context, session, id)
  const forPeople = /^(owner|(organization|members|keys):(read|write))$/
  const holds = scopes.filter((scope) => !forPeople.test(scope))
  const { secret } = await own('POST', '/api/api-keys', { name: 'journey', scopes: holds })
  return {
    id,
    email,
    password: PASSWORD,
    path: (below) => `/o/${id}${below}`,
    api: apiOf(secret),
    own,
    secret,
    session,
  }
}

/** Invites somebody as the owner and accepts in a context of its own; answers that context with who is signed in there. */
export async function joined(context, own, { role, name }) {
  const email = `${crypto.randomUUID()}@example.com`
  const { token } = await own('POST', '/api/invitations', { email, role })
  const origin = new URL(process.env.DASHBOARD_URL).origin
  const theirs = await context.browser().newContext({ baseURL: origin, viewport: { width: 1440, height: 900 } })
  const accepted = await theirs.request.post('/api/auth/invitations/accept', {
    headers: { Origin: origin },
    data: { token, name, password: PASSWORD },
  })
  return { context: theirs, member: { name, email, password: PASSWORD }, session: await readJson(accepted) }
}

/** Who is signed in in a context, as calls of the API in an organization. */
export function actingIn(context, { csrfToken }, organizationId) {
  return async (method, path, body, version) => {
    const headers = {
      ...(version === undefined ? {} : { 'If-Match': `"${version}"` }),
      Origin: new URL(process.env.DASHBOARD_URL).origin,
      'X-CSRF-Token': csrfToken,
      'UsageFlow-Organization': organizationId,
      ...(method === 'GET' ? {} : { 'Idempotency-Key': crypto.randomUUID() }),
    }
    return readJson(await context.request.fetch(path, { method, headers, data: body }))
  }
}

async function readJson(answer) {
  if (!answer.ok()) throw new Error(`${answer.status()} of ${answer.url()}: ${await answer.text()}`)
  const text = await answer.text()
  return text ? JSON.parse(text) : null
}

function apiOf(secret) {
  return async (method, path, body) => {
    const answer = await fetch(`${process.env.GATEWAY_URL}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${secret}`,
        'Content-Type': 'application/json',
        ...(method === 'GET' || path.startsWith('/api/track') ? {} : { 'Idempotency-Key': crypto.randomUUID() }),
      },
      body: body && JSON.stringify(body),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${answer.status} of ${method} ${path}: ${text}`)
    return text ? JSON.parse(text) : null
  }
}

/** Asks until `found` is true of the answer; fails after 30 s. */
export async function until(ask, found) {
  for (let made = 0; made < 120; made++) {
    const answer = await ask()
    if (found(answer)) return answer
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  throw new Error('It did not happen within 30 s')
}

/** Moves the clock of a test organization. */
export async function advanceTo(api, to) {
  await api('POST', '/api/test-clock/advance', { to })
  await until(
    () => api('GET', '/api/test-clock'),
    ({ target }) => target === null,
  )
}

/** Midnight (UTC) so many days before today, as an instant. */
export function daysAgo(days) {
  const now = new Date()
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() - days)).toISOString()
}

/**
 * A metric, a plan of 100.00 and 0.01 a call above so many, a customer whose first month is over, and its open invoice; where
 * `issued` is false its draft, which the grace would issue within the hour.
 */
export async function invoiced(
  api,
  { customerId = 'user_123', name = 'Example Ltd', included = 10, calls = 30, issued = true } = {},
) {
  await metric(api, { code: 'API_CALL', name: 'API calls', unit: 'call', aggregation: 'SUM' })
  const code = `PRO-${crypto.randomUUID().slice(0, 6).toUpperCase()}`
  const charge = {
    metric: 'API_CALL',
    name: 'API calls',
    model: 'per_unit',
    unitPrice: '0.01',
    includedUnits: `${included}`,
  }
  const draft = { interval: 'month', intervalCount: 1, basePrice: '100.00', billing: 'arrears', charges: [charge] }
  const plan = await api('POST', '/api/plans', { code, name: 'Pro', currency: 'USD', publish: true, draft })
  await api('POST', '/api/customers', { customerId, name, email: 'billing@example.com' })
  const called = new Date(Date.parse(daysAgo(20)) + 43_200_000).toISOString()
  const events = Array.from({ length: calls }, (_, at) => ({
    metric: 'API_CALL',
    amount: 1,
    customerId,
    timestamp: called,
    idempotencyKey: `${customerId}-${at}`,
  }))
  for (let at = 0; at < events.length; at += 1000) {
    await api('POST', '/api/track/batch', { events: events.slice(at, at + 1000) })
  }
  const range = `from=${daysAgo(40)}&to=${daysAgo(0)}&customerId=${customerId}`
  await until(
    () => api('GET', `/api/usage?metric=API_CALL&${range}`),
    ({ total }) => total.eventCount === calls,
  )
  const { id } = await api('POST', '/api/subscriptions', { customerId, planId: plan.id, startAt: daysAgo(32) })
  if (issued) await api('POST', '/api/billing-runs', { subscriptionIds: [id], ignoreGrace: true })
  const { data } = await until(
    () => api('GET', `/api/invoices?subscriptionId=${id}&status=${issued ? 'open' : 'draft'}`),
    ({ data }) => data.length > 0,
  )
  return data[0]
}

async function metric(api, wanted) {
  const { data } = await api('GET', `/api/metrics?code=${wanted.code}`)
  return data[0] ?? api('POST', '/api/metrics', wanted)
}
