// Add an endpoint → its ping gets through → the receiver fails: retrying, with a countdown → mended: Replay succeeds →
// both deliveries show request and response → a rotated secret: the old and the new one both sign.
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { journey } from './browser.mjs'

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

async function signUp(page) {
  await page.goto('/sign-up')
  await page.getByLabel('Your name').fill('Katherine Johnson')
  await page.getByLabel('Email').fill(`katherine-${Date.now()}@example.com`)
  await page.getByLabel('Password').fill('quiet-harbour-lantern-42')
  await page.getByLabel('Organization').fill('Eastwind')
  await page.getByRole('button', { name: 'Create organization' }).click()
  await page.waitForURL('**/get-started')
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Webhooks' }).click()
}

async function addEndpoint(page, accessible) {
  await page.getByText('No endpoints yet').waitFor()
  await accessible()
  await page.getByRole('button', { name: 'Add endpoint' }).click()
  const form = page.getByRole('dialog', { name: 'Add endpoint' })
  await form.getByLabel('All, also those').uncheck()
  await form.getByLabel('ping').check()
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

await journey('webhooks', async ({ page, step, accessible }) => {
  await signUp(page)
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

  await page.getByRole('button', { name: 'Disable' }).click()
  await page.getByText('Somebody disabled it.').waitFor()
  await accessible()
  await page.getByRole('link', { name: 'Webhooks', exact: true }).first().click()
  await page.getByRole('link', { name: 'Event log' }).click()
  await page.getByRole('link', { name: 'ping' }).first().click()
  await page.getByRole('dialog', { name: 'Webhook event' }).getByText('endpointId').waitFor()
  await accessible()
  step('the event log shows the payload')
})
server.close()
