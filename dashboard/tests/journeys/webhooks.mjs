// Add an endpoint → its ping gets through → the receiver fails: retrying, with a countdown → mended: Replay succeeds →
// both deliveries show request and response → a rotated secret: the old and the new one both sign.
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { journey } from './browser.mjs'
import { found, until } from './founding.mjs'

const receiver = { status: 204, requests: [] }
const server = createServer((request, answer) => {
  const parts = []
  request.on('data', (part) => parts.push(part))
  request.on('end', () => {
    receiver.requests.push({ headers: request.headers, body: Buffer.concat(parts).toString() })
    answer.writeHead(receiver.status, { 'content-type': 'text/plain' })
    answer.end(receiver.status === 500 ? 'the cellar is flooded' : undefined)
  })
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const host = `127.0.0.1:${server.address().port}`

/** Whether a secret made one of the signatures of a request, as docs/webhooks.md tells receivers to check it. */
function signed(secret, { headers, body }) {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
  const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  const expected = `v1,${createHmac('sha256', key).update(text).digest('base64')}`
  return headers['webhook-signature'].split(' ').includes(expected)
}

const demand = (holds, what) => {
  if (!holds) throw new Error(what)
}

async function addEndpoint(page, accessible) {
  await page.getByText('No endpoints yet').waitFor()
  await accessible()
  await page.getByRole('button', { name: 'Add endpoint' }).click()
  const form = page.getByRole('dialog', { name: 'Add endpoint' })
  await form.getByLabel('All, also those').uncheck()
  await form.getByRole('checkbox', { name: 'ping' }).check()
  await form.getByLabel('URL').fill(`http://${host}/hooks`)
  await form.getByLabel('Headers').fill('X-Tenant: eastwind')
  await accessible()
  await form.getByRole('button', { name: 'Add endpoint' }).click()
  const secret = await page.getByRole('textbox', { name: 'The signing secret' }).inputValue()
  await accessible()
  await page.getByRole('button', { name: 'I have stored it' }).click()
  await page.waitForURL('**/webhooks/endpoints/we_*')
  return secret
}

/** What can be done to an endpoint beside sending: each is tried once. */
async function keep(page, api, second, accessible) {
  const notices = page.getByRole('region', { name: 'Notices' })
  await page
    .getByRole('link', { name: /failed, 500$/ })
    .first()
    .waitFor()
  const before = receiver.requests.length
  await page.getByRole('checkbox', { name: /^Choose all \d rows/ }).check()
  await accessible()
  await page.getByRole('button', { name: 'Replay 3 chosen' }).click()
  await notices.getByText('3 dispatches are sent again.').waitFor()
  await until(
    () => receiver.requests.length,
    (count) => count === before + 3,
  )

  await page.getByRole('button', { name: 'Replay many' }).click()
  const many = page.getByRole('dialog', { name: 'Replay since a time' })
  await many.getByLabel('What').selectOption('all')
  await many.getByRole('button', { name: 'Replay', exact: true }).click()
  await many.getByText('3 dispatches are sent again.').waitFor()
  await accessible()
  await many.getByRole('button', { name: 'Close' }).first().click()

  await page.getByRole('button', { name: 'Reveal' }).click()
  const shown = await page.getByRole('textbox', { name: 'The signing secret' }).inputValue()
  demand(shown === second, `The revealed secret is ${shown}`)
  await page.getByRole('button', { name: 'I have stored it' }).click()

  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  const editing = page.getByRole('dialog', { name: 'Edit endpoint' })
  await editing.getByLabel('Description').fill('Eastern cellar')
  await editing.getByRole('checkbox', { name: 'subscription.created' }).check()
  await editing.getByText('Set: X-Tenant.').waitFor()
  await editing.getByRole('button', { name: 'Example of ping' }).click()
  await editing.getByText('"type": "ping"').waitFor()
  await accessible()
  await editing.getByRole('button', { name: 'Save endpoint' }).click()
  await page.getByRole('region', { name: 'Facts' }).getByText('Eastern cellar').waitFor()

  await page.getByRole('button', { name: 'Disable', exact: true }).click()
  await page.getByText('Somebody disabled it.').waitFor()
  await accessible()
  await notices.getByRole('button', { name: 'Undo' }).click()
  await page.getByText('Somebody disabled it.').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Disable', exact: true }).click()
  await page.getByText('Somebody disabled it.').waitFor()
  await subscribe(api)
  await page.getByRole('row').filter({ hasText: 'subscription.created' }).getByText('Parked', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Enable', exact: true }).click()
  const enabling = page.getByRole('dialog', { name: 'Enable endpoint' })
  await enabling.getByLabel('1 parked dispatch').waitFor()
  await accessible()
  await enabling.getByRole('button', { name: 'Enable endpoint' }).click()
  await page.getByRole('button', { name: 'Disable', exact: true }).waitFor()
  await until(
    () => receiver.requests.at(-1).body,
    (body) => body.includes('"subscription.created"'),
  )
}

/** Something that happens while nothing is sent. */
async function subscribe(api) {
  const draft = { interval: 'month', intervalCount: 1, basePrice: '5', billing: 'arrears', charges: [] }
  const plan = await api('POST', '/api/plans', { code: 'FLAT', name: 'Flat', currency: 'USD', publish: true, draft })
  await api('POST', '/api/customers', { customerId: 'user_123', name: 'Example Ltd' })
  await api('POST', '/api/subscriptions', { customerId: 'user_123', planId: plan.id })
}

await journey('webhooks', async ({ page, context, step, accessible }) => {
  const { api, path } = await found(context, { name: 'Eastwind', person: 'Katherine Johnson' })
  await page.goto(path('/webhooks'))
  const first = await addEndpoint(page, accessible)
  demand(first.startsWith('whsec_'), `The secret is ${first}`)
  const endpoint = page.url()
  step('an endpoint was added, and its secret shown')

  await page.getByRole('button', { name: 'Send ping' }).click()
  await page.getByText('Answered 204').waitFor()
  await page.getByText('100 %', { exact: true }).waitFor()
  demand(signed(first, receiver.requests[0]), 'The ping is not signed with the secret')
  demand(receiver.requests[0].headers['x-tenant'] === 'eastwind', 'The header did not come')
  await accessible()
  step('its ping got through, signed and with the header')

  receiver.status = 500
  await page.getByRole('button', { name: 'Send ping' }).click()
  await page.getByText('Answered 500').waitFor()
  await page.getByRole('link', { name: 'See the dispatch' }).click()
  await page.getByText('Retrying', { exact: true }).waitFor()
  await page.getByText(/Next attempt in \d|is due now/).waitFor()
  await accessible()
  step('the receiver fails: retrying, with a countdown')

  // The second attempt comes after about 5 s, the third after 5 min: until then nothing but Replay sends it.
  await page.getByRole('link', { name: '2, failed' }).waitFor()
  receiver.status = 204
  await page.getByRole('button', { name: 'Replay', exact: true }).click()
  await page.getByText('Delivered', { exact: true }).waitFor()
  await page.getByRole('link', { name: '3, succeeded' }).waitFor()
  await accessible()
  step('mended and replayed: delivered')

  const dispatch = page.url()
  for (const [name, answer] of [
    ['1, failed', 'the cellar is flooded'],
    ['3, succeeded', '(empty)'],
  ]) {
    await page.getByRole('link', { name }).click()
    const drawer = page.getByRole('dialog', { name: 'Delivery' })
    await drawer.getByRole('region', { name: 'Request' }).getByText('"type": "ping"').waitFor()
    await drawer.getByRole('region', { name: 'Response' }).getByText(answer).waitFor()
    await page.waitForFunction(() => document.title !== '')
    await accessible()
    await page.goto(dispatch)
  }
  step('both deliveries show request and response')

  await page.goto(endpoint)
  await page.getByRole('button', { name: 'Rotate', exact: true }).click()
  await page.getByRole('button', { name: 'Rotate secret' }).click()
  const second = await page.getByRole('textbox', { name: 'The signing secret' }).inputValue()
  await page.getByRole('button', { name: 'I have stored it' }).click()
  await page.getByText('signs too until').waitFor()
  await page.getByRole('button', { name: 'Send ping' }).click()
  await page.getByText('Answered 204').waitFor()
  const last = receiver.requests.at(-1)
  demand(second !== first && signed(first, last) && signed(second, last), 'One of the two secrets did not sign')
  step('a rotated secret: the old and the new one both sign')

  await keep(page, api, second, accessible)
  step('dispatches were chosen and sent again; edited, disabled and enabled again with what was parked')

  await page.getByRole('link', { name: 'Webhooks', exact: true }).first().click()
  await page.getByRole('link', { name: 'Event log' }).click()
  await page.getByRole('link', { name: 'ping' }).first().click()
  await page.getByRole('dialog', { name: 'Webhook event' }).getByText('endpointId').waitFor()
  await accessible()
  step('the event log shows the payload')

  await page.goto(endpoint)
  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  const deleting = page.getByRole('dialog', { name: 'Delete this endpoint?' })
  await deleting.getByLabel(`Type ${host} to go on`).fill(host)
  await accessible()
  await deleting.getByRole('button', { name: 'Delete endpoint' }).click()
  await page.getByText('No endpoints yet').waitFor()
  step('it was deleted by its host')
})
server.close()
