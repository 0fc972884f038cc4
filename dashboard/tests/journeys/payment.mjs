// A payment, clicked twice over a connection that is cut, is recorded once: paid here, in the list and on the customer.
// Then a credit note with its document, and an invoice that becomes void only when its number was typed.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { journey } from './browser.mjs'
import { found, invoiced, until } from './founding.mjs'

const run = promisify(execFile)

/** The first request goes through, and its answer is lost. */
async function loseFirstAnswer(page, address) {
  const seen = []
  await page.route(address, async (route) => {
    seen.push(route.request().headers()['idempotency-key'])
    if (seen.length > 1) return route.continue()
    await route.fetch()
    await route.abort()
  })
  return seen
}

/** Green; then somebody with the owner's password, who switched the triggers off, changes one event: red, with what differs. */
async function altered(page, address, organizationId) {
  await page.goto(address)
  await page.getByRole('button', { name: 'Verify invoice' }).click()
  await page.getByText('Passed').waitFor()
  const one = `org_id = '${organizationId.replace('org_', '')}' AND customer_id = 'user_123'`
  const change = `UPDATE aggregator.usage_events SET amount = 2 WHERE ${one} AND idempotency_key = 'user_123-7'`
  await run(process.env.PSQL, [
    process.env.OWNER_DATABASE_URL,
    ...['--set', 'ON_ERROR_STOP=1', '--command', 'SET session_replication_role = replica', '--command', change],
  ])
  await page.getByRole('button', { name: 'Verify invoice' }).click()
  const failed = page.getByRole('region', { name: 'Verify' }).getByRole('status').filter({ hasText: 'Failed' })
  await failed.getByText(/^expected /).waitFor()
  await failed.getByText(/^actual /).waitFor()
}

await journey('payment', async ({ page, context, step, accessible }) => {
  const { api, path, id } = await found(context)
  const invoice = await invoiced(api)
  await page.goto(path(`/invoices/${invoice.id}`))
  await page.getByText('None yet.').waitFor()
  const keys = await loseFirstAnswer(page, '**/payments')
  await page.getByRole('button', { name: 'Record payment' }).click()
  const paying = page.getByRole('dialog', { name: `Record a payment of ${invoice.number}` })
  await paying.getByLabel('Reference').fill('bank-1')
  await accessible()
  await paying.getByRole('button', { name: 'Record payment' }).dblclick()
  await paying.waitFor({ state: 'detached' })
  await page.locator('header').getByText('Paid', { exact: true }).waitFor()
  const { data } = await api('GET', `/api/payments?invoiceId=${invoice.id}`)
  if (data.length !== 1 || data[0].amount.amountMinor !== invoice.total.amountMinor)
    throw new Error(JSON.stringify(data))
  if (keys.length !== 2 || keys[0] !== keys[1]) throw new Error(`The payment was sent under ${keys}`)
  await page.getByText('bank-1').waitFor()
  await accessible()
  step('clicked twice, with the first answer lost, it was recorded once')

  await page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link', { name: 'Invoices' }).click()
  await page.getByRole('row').filter({ hasText: invoice.number }).getByText('Paid', { exact: true }).waitFor()
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Customers' }).click()
  await page.getByRole('link', { name: 'Example Ltd' }).click()
  await page.getByRole('row').filter({ hasText: invoice.number }).getByText('Paid', { exact: true }).waitFor()
  step('the list and the customer show it paid')

  await page.goto(path(`/invoices/${invoice.id}`))
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Credit lines' }).waitFor()
  await accessible()
  await page.getByRole('menuitem', { name: 'Credit lines' }).click()
  const crediting = page.getByRole('dialog', { name: `Credit ${invoice.number}` })
  await crediting.getByLabel('Pro').fill('5.00')
  await crediting.getByLabel('What becomes of it').selectOption({ label: 'It is taken off the next invoice.' })
  await crediting.getByLabel('Reason').fill('An outage')
  await accessible()
  await crediting.getByRole('button', { name: 'Issue credit note' }).click()
  await page.getByRole('region', { name: 'Payments and credit notes' }).getByRole('link', { name: 'CN-000001' }).click()
  const note = page.getByRole('dialog', { name: 'Credit note' })
  await note.getByText('An outage').waitFor()
  await accessible()
  const saving = page.waitForEvent('download')
  await note.getByRole('button', { name: 'Download PDF' }).click()
  const document = await readFile(await (await saving).path())
  if (document.subarray(0, 5).toString() !== '%PDF-') throw new Error('The document is no PDF')
  step('a line was credited, and the note downloads')

  const other = await invoiced(api, { customerId: 'user_456', name: 'Second Ltd' })
  await page.goto(path(`/invoices/${other.id}`))
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Void invoice' }).click()
  const voiding = page.getByRole('dialog', { name: `Void ${other.number}` })
  await voiding.getByLabel('Reason').fill('Wrong customer')
  await voiding.getByLabel(`Type ${other.number}`).fill(invoice.number)
  await voiding.getByRole('button', { name: 'Void invoice' }).click()
  await voiding.getByText(`Type ${other.number}.`).waitFor()
  await accessible()
  await voiding.getByLabel(`Type ${other.number}`).fill(other.number)
  await voiding.getByRole('button', { name: 'Void invoice' }).click()
  await until(
    () => api('GET', `/api/invoices/${other.id}`),
    ({ status }) => status === 'void',
  )
  step('an invoice became void when its number was typed, and not before')

  await page.goto(path('/billing-runs'))
  await page.getByRole('button', { name: 'Close due periods now' }).click()
  await accessible()
  await page.getByRole('dialog').getByRole('button', { name: 'Close due periods' }).click()
  const run = page.getByRole('dialog', { name: 'Billing run' })
  await run.getByText('Completed').first().waitFor()
  await accessible()
  step('a billing run shows its barrier')

  await altered(page, path(`/invoices/${invoice.id}`), id)
  await accessible()
  step('an invoice verifies until one digit of an event is changed behind its back')
  return /ERR_FAILED/
})
