// A refused event, corrected and sent again → counted → amended → voided; a conflict; a backfill opened, closed, reverted.
import { journey } from './browser.mjs'
import { daysAgo, found } from './founding.mjs'

/** Hundreds between two answers: none is listed twice, and what lies between is a click away. */
async function flood(page, api, call, accessible) {
  await page.keyboard.press('Escape')
  await page.getByRole('dialog', { name: 'Event', exact: true }).waitFor({ state: 'detached' })
  await page.getByRole('cell', { name: 'user_456' }).first().waitFor()
  await page.mouse.move(0, 0)
  const events = Array.from({ length: 120 }, (_, at) => ({ ...call, amount: 1, idempotencyKey: `flood-${at}` }))
  await api('POST', '/api/track/batch', { events: events.slice(0, 60) })
  await api('POST', '/api/track/batch', { events: events.slice(60) })
  await page.getByText(/^More events came between/).waitFor()
  await accessible()
  const hrefs = await page.locator('#page a[data-row]').evaluateAll((rows) => rows.map((row) => row.href))
  if (new Set(hrefs).size !== hrefs.length) throw new Error('An event is listed twice')
  await page.getByRole('button', { name: 'Open that span' }).click()
  await page.waitForURL('**receivedFrom=**')
  await page.getByText('50 shown').waitFor()
}

await journey('events', async ({ page, context, step, accessible }) => {
  const { api, path } = await found(context)
  await api('POST', '/api/metrics', { code: 'API_CALL', name: 'API calls', aggregation: 'SUM' })
  const call = { metric: 'API_CALL', customerId: 'user_123' }
  for (const amount of [1, 2]) await api('POST', '/api/track', { ...call, amount, idempotencyKey: 'clash' })
  const { rejectedCount } = await api('POST', '/api/track/batch', {
    events: [
      { ...call, amount: 3, idempotencyKey: 'good' },
      { ...call, metric: 'API_CAL', idempotencyKey: 'wrong' },
    ],
  })
  if (rejectedCount !== 1) throw new Error(`${rejectedCount} events were refused`)

  await page.goto(path('/events/rejected'))
  await page.getByRole('row').filter({ hasText: 'wrong' }).click()
  await page.getByRole('button', { name: 'Edit and resend' }).click()
  await accessible()
  const area = page.getByRole('textbox', { name: 'Event' })
  await area.fill((await area.inputValue()).replace('API_CAL"', 'API_CALL"'))
  await page.getByRole('button', { name: 'Send event' }).click()
  await page.getByRole('link', { name: 'See the event' }).click()
  const event = page.getByRole('dialog', { name: 'Event', exact: true })
  await event.getByText('wrong', { exact: true }).waitFor()
  step('a refused event was corrected, sent under its key, and counted')

  await event.getByRole('button', { name: 'Amend event' }).click()
  const amending = page.getByRole('dialog', { name: 'Amend event' })
  await amending.getByLabel('Amount').fill('5')
  await amending.getByLabel('Reason').fill('Counted wrongly')
  await accessible()
  await amending.getByRole('button', { name: 'Amend event' }).click()
  await event.getByText('Counted wrongly').waitFor()
  await event.getByRole('button', { name: 'Void event' }).click()
  const voiding = page.getByRole('dialog', { name: 'Void event' })
  await voiding.getByLabel('Reason').fill('Sent by a test')
  await voiding.getByRole('button', { name: 'Void event' }).click()
  await event.getByText('Counts no more: voided').waitFor()
  await accessible()
  step('it was amended, then voided')

  await page.goto(path('/events'))
  await page.getByRole('button', { name: 'Send event' }).click()
  const sending = page.getByRole('dialog', { name: 'Send event' })
  await sending.getByLabel('Metric').fill('API_CALL')
  await sending.getByLabel('Customer id').fill('user_456')
  await sending.getByLabel('Amount').fill('1,000.50')
  await accessible()
  await sending.getByRole('button', { name: 'Send event' }).click()
  await event.getByText('1,000.5', { exact: true }).waitFor()
  step('a typed event was counted')

  await flood(page, api, call, accessible)
  step('more events at once than are listed are announced, and their span opens')

  await page.goto(path('/events/conflicts'))
  await page.getByRole('row').filter({ hasText: 'clash' }).click()
  await page.getByRole('dialog', { name: 'Conflict' }).getByText('differs').first().waitFor()
  await accessible()
  step('counted and refused stand side by side')

  await page.goto(path('/events/backfills'))
  await page.getByRole('button', { name: 'Open backfill' }).click()
  const opening = page.getByRole('dialog', { name: 'Open backfill' })
  await opening.getByLabel('Name').fill('old-logs')
  await opening.getByLabel('From').fill(`${daysAgo(250).slice(0, 10)}T00:00`)
  await opening.getByLabel('To, not included').fill(`${daysAgo(249).slice(0, 10)}T00:00`)
  await opening.getByLabel('Reason').fill('A collector was down')
  await accessible()
  await opening.getByRole('button', { name: 'Open backfill' }).click()
  const backfill = page.getByRole('dialog', { name: 'Backfill', exact: true })
  await backfill.getByRole('button', { name: 'Close backfill' }).click()
  await backfill.getByText('closed', { exact: true }).waitFor()
  await backfill.getByRole('button', { name: 'Revert backfill' }).click()
  const reverting = page.getByRole('dialog', { name: 'Revert old-logs' })
  await reverting.getByLabel('Type old-logs').fill('old')
  await reverting.getByRole('button', { name: 'Revert backfill' }).click()
  await reverting.getByText('Type old-logs.').waitFor()
  await accessible()
  await reverting.getByLabel('Type old-logs').fill('old-logs')
  await reverting.getByRole('button', { name: 'Revert backfill' }).click()
  await backfill.getByText('reverted', { exact: true }).waitFor()
  step('a backfill was opened, closed, and reverted after its name was typed')
})
