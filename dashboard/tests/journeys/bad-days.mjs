// Bad days: a stranger's link, the API away, slow, busy and tired, a session that ended elsewhere, a request from another site.
import { journey } from './browser.mjs'
import { actingIn, found, invoiced } from './founding.mjs'

await journey('bad-days', play, { refusals: [401, 403, 404, 429] })

async function play({ page, context, step, accessible }) {
  const first = await found(context, { name: 'Northwind' })
  const invoice = await invoiced(first.api)
  await strangers(page, context, first, invoice)
  step('another organization sees nothing of it, and keeps nothing of it on screen')

  const { path, session } = first
  await page.goto(path('/metrics'))
  await page.getByRole('link', { name: 'API calls' }).waitFor()
  await busy(page)
  step('429 waits as long as it was told, and 503 asks again')
  await away(page, accessible)
  step('away: old data stays with its time, what was typed stays, and it goes on where it stopped')

  for (const [what, headers] of [
    ['no token', { Origin: new URL(page.url()).origin }],
    ['a foreign origin', { Origin: 'https://elsewhere.example', 'X-CSRF-Token': session.csrfToken }],
    ['another site', { 'Sec-Fetch-Site': 'cross-site', 'X-CSRF-Token': session.csrfToken }],
    ['no origin', { 'X-CSRF-Token': session.csrfToken }],
  ]) {
    const answer = await context.request.post('/api/customers', {
      headers: { ...headers, 'UsageFlow-Organization': first.id, 'Idempotency-Key': crypto.randomUUID() },
      data: { customerId: 'smuggled' },
    })
    if (answer.status() !== 403) throw new Error(`A request with ${what} is answered with ${answer.status()}`)
  }
  step('requests from elsewhere are refused')

  await page.goto(path('/invoices?status=open'))
  await page.getByRole('link', { name: invoice.number }).waitFor()
  const { data: sessions } = await first.own('GET', '/api/auth/sessions')
  await first.own('DELETE', `/api/auth/sessions/${sessions.find(({ current }) => current).id}`)
  await page.getByRole('link', { name: invoice.number }).click()
  await page.waitForURL('**/sign-in?next=*')
  await page.getByLabel('Email').fill(first.email)
  await page.getByLabel('Password').fill(first.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { level: 1, name: invoice.number }).waitFor()
  step('a session that ended elsewhere leads to sign-in and back')
  return /ERR_FAILED|^503: |status of 503/
}

/** Somebody of two organizations, one of which is not the invoice's. */
async function strangers(page, context, { id, own, path, session }, invoice) {
  const other = await own('POST', '/api/organizations', { name: 'Southwind', mode: 'live' })
  await page.goto(`/o/${other.id}/invoices/${invoice.id}`)
  await page.locator('#page').getByRole('alert').waitFor()
  if ((await page.getByText(invoice.number).count()) > 0) throw new Error('The other organization sees the invoice')
  await actingIn(context, session, other.id)('POST', '/api/customers', { customerId: 'southern', name: 'Southern Ltd' })
  await page.goto(`/o/${other.id}/customers`)
  await page.getByRole('link', { name: 'Southern Ltd' }).waitFor()
  await page.getByRole('button', { name: 'Southwind' }).click()
  await page.getByRole('menuitem', { name: 'Northwind' }).click()
  await page.waitForURL(`**/o/${id}`)
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Customers' }).click()
  await page.getByRole('link', { name: 'Example Ltd' }).waitFor()
  if ((await page.getByText('Southern Ltd').count()) > 0) throw new Error('The first organization’s rows stayed')
  const gone = await page.goto(path('').replace(id, `org_${'0'.repeat(32)}`))
  if (gone.status() !== 404) throw new Error(`An organization that is not theirs is answered with ${gone.status()}`)
}

/** A list is asked for while the API is busy, then tired: it comes all the same. */
async function busy(page) {
  const asked = []
  await page.route('**/api/events?**', (route) => {
    asked.push(Date.now())
    if (asked.length > 2) return route.continue()
    const status = asked.length === 1 ? 429 : 503
    const body = JSON.stringify({ status, code: status === 429 ? 'rate_limited' : 'unavailable', detail: 'Later.' })
    return route.fulfill({ status, headers: { 'retry-after': '1', 'content-type': 'application/problem+json' }, body })
  })
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Events' }).click()
  await page.getByRole('cell', { name: 'user_123' }).first().waitFor()
  if (asked[1] - asked[0] < 900) throw new Error(`Asked again after ${asked[1] - asked[0]} ms`)
  await page.unroute('**/api/events?**')
}

/** Nothing is answered for a while, with a list on the page and a form in front of it. */
async function away(page, accessible) {
  await page.getByRole('button', { name: 'Send event' }).click()
  const sending = page.getByRole('dialog', { name: 'Send event' })
  await sending.getByLabel('Metric').fill('API_CALL')
  await sending.getByLabel('Customer id').fill('user_789')
  await sending.getByLabel('Amount').fill('7')
  await page.route('**/api/**', (route) => route.abort())
  await sending.getByRole('button', { name: 'Send event' }).click()
  const stale = page.getByText(/^Could not refresh\. Showing \d\d:/)
  await stale.waitFor()
  await sending.getByRole('alert').waitFor()
  await accessible()
  if ((await sending.getByLabel('Customer id').inputValue()) !== 'user_789') throw new Error('The text is gone')
  await page.unroute('**/api/**')
  await sending.getByRole('button', { name: 'Send event' }).click()
  await page.getByRole('dialog', { name: 'Event', exact: true }).getByText('user_789').first().waitFor()
  await stale.waitFor({ state: 'detached' })
  await page.keyboard.press('Escape')
  await page.getByRole('row').filter({ hasText: 'user_789' }).waitFor()
}
