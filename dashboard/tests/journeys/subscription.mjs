// A plan is changed in the middle of a period: the preview's lines are the lines later issued. Canceled at the end of the
// period, and not after all. The next price is tried on what was invoiced.
import { journey, onPhone } from './browser.mjs'
import { advanceTo, found, until } from './founding.mjs'

const DAY = 86_400_000

await journey('subscription', async ({ page, context, step, accessible }) => {
  const { api, path } = await found(context, { name: 'Southwind', person: 'Grace Hopper', mode: 'test' })
  await api('POST', '/api/metrics', { name: 'API calls', code: 'API_CALL', aggregation: 'SUM' })
  const plans = {}
  for (const [code, basePrice, unitPrice] of [
    ['PRO', '100', '0.01'],
    ['BIG', '300', '0.005'],
  ]) {
    const charges = [{ metric: 'API_CALL', name: 'API calls', model: 'per_unit', unitPrice, includedUnits: '1000' }]
    const plan = { code, name: code, currency: 'USD', publish: true, draft: { interval: 'month', basePrice, charges } }
    plans[code] = (await api('POST', '/api/plans', plan)).id
  }
  await api('POST', '/api/customers', { customerId: 'user_123', name: 'Example Ltd' })

  await page.goto(path('/customers/user_123'))
  await page.getByRole('link', { name: 'Subscribe to a plan' }).click()
  await page.getByLabel('Plan', { exact: true }).selectOption(plans.PRO)
  await page.getByRole('button', { name: 'Create subscription' }).click()
  await page.getByRole('heading', { name: 'user_123 on PRO' }).waitFor()
  const subscriptionId = page.url().split('/').at(-1)
  const { currentPeriod } = await api('GET', `/api/subscriptions/${subscriptionId}`)
  step('subscribed')

  await advanceTo(api, new Date(Date.parse(currentPeriod.start) + 10 * DAY).toISOString())
  const timestamp = new Date(Date.parse(currentPeriod.start) + 5 * DAY).toISOString()
  await api('POST', '/api/track', { metric: 'API_CALL', customerId: 'user_123', amount: 12_000, timestamp })
  await until(
    () => api('GET', `/api/subscriptions/${subscriptionId}/upcoming`),
    ({ lines }) => lines.some(({ quantity }) => quantity === '12000'),
  )
  await page.reload()
  await page.getByRole('button', { name: 'Change plan' }).click()
  const drawer = page.getByRole('dialog', { name: 'Change plan' })
  await drawer.getByLabel('Plan', { exact: true }).selectOption(plans.BIG)
  await drawer.getByTestId('preview-line').first().waitFor()
  await accessible()
  await onPhone(page, accessible)
  const shown = await drawer
    .getByTestId('preview-line')
    .evaluateAll((rows) =>
      rows.map((row) =>
        ['description', 'amount'].map((part) => row.querySelector(`[data-testid="${part}"]`).textContent),
      ),
    )
  if (shown.length < 4) throw new Error(`The preview has ${shown.length} lines`)
  await drawer.getByRole('button', { name: 'Change plan now' }).click()
  await page.getByRole('heading', { name: 'user_123 on BIG' }).waitFor()
  await drawer.waitFor({ state: 'detached' })
  await page.getByText('Change of plan').waitFor()
  await accessible()
  step('the plan was changed, after its effect was shown')

  await page.getByRole('button', { name: 'Cancel', exact: true }).click()
  await accessible()
  await page.getByRole('button', { name: 'Cancel subscription' }).click()
  await page.getByRole('button', { name: 'Drop' }).waitFor()
  await page.getByRole('button', { name: 'Cancel earlier' }).waitFor()
  await accessible()
  await page.getByRole('button', { name: 'Drop' }).click()
  await page.getByText('Dropped').waitFor()
  await page.getByRole('button', { name: 'Cancel', exact: true }).waitFor()
  step('canceled at the end of the period, and dropped')

  await page.getByRole('button', { name: 'Pause' }).click()
  await accessible()
  await page.getByRole('button', { name: 'Keep running' }).click()

  await advanceTo(api, new Date(Date.parse(currentPeriod.end) + 2 * DAY).toISOString())
  const invoice = await issuedAs(api, subscriptionId, shown)
  step('the lines that were shown are the lines that were issued')

  await page.goto(path('/customers/user_123'))
  await page.getByRole('link', { name: invoice.number }).waitFor()
  await page.getByRole('heading', { name: 'Upcoming invoice' }).waitFor()
  await accessible()
  await onPhone(page, accessible)
  await backtest(page, api, path(`/plans/${plans.PRO}`), accessible)
  step('a price is tried on what was invoiced')
  await late(page, api, path, invoice)
  step('an event that came late is a line of the next invoice, which names the line it adjusts')
})

/** The invoice of a subscription, once it is issued; its lines are those that were shown. */
async function issuedAs(api, subscriptionId, shown) {
  const { data } = await until(
    () => api('GET', `/api/invoices?subscriptionId=${subscriptionId}&status=open`),
    ({ data }) => data.length > 0,
  )
  const { lines } = await api('GET', `/api/invoices/${data[0].id}`)
  const issued = lines.map(({ description, amount }) => [
    description,
    (amount.amountMinor / 100).toLocaleString('en-US', { minimumFractionDigits: 2 }),
  ])
  if (JSON.stringify(issued) !== JSON.stringify(shown)) {
    throw new Error(`Shown ${JSON.stringify(shown)}, issued ${JSON.stringify(issued)}`)
  }
  return data[0]
}

/** After the period was closed an event of it arrives: adjusted on the next invoice, and its own page leads there. */
async function late(page, api, path, { period, subscriptionId, number }) {
  const timestamp = new Date(Date.parse(period.start) + 6 * DAY).toISOString()
  const { eventId } = await api('POST', '/api/track', {
    metric: 'API_CALL',
    customerId: 'user_123',
    amount: 500,
    timestamp,
  })
  await page.goto(path(`/events/${eventId}`))
  await page.getByRole('dialog', { name: 'Event' }).getByText(`it came after ${number}`).waitFor()
  const { currentPeriod } = await api('GET', `/api/subscriptions/${subscriptionId}`)
  await advanceTo(api, new Date(Date.parse(currentPeriod.end) + 2 * DAY).toISOString())
  const { data } = await until(
    () => api('GET', `/api/invoices?subscriptionId=${subscriptionId}&status=open`),
    (answer) => answer.data.length === 2,
  )
  const next = data.find((one) => one.number !== number)
  await page.reload()
  await page.getByRole('dialog', { name: 'Event' }).getByRole('link', { name: next.number }).click()
  await page.getByRole('heading', { level: 1, name: next.number }).waitFor()
  await page.getByText('rated again').waitFor()
  await page.getByRole('link', { name: 'this line' }).click()
  await page.getByRole('heading', { level: 1, name: number }).waitFor()
}

async function backtest(page, api, plan, accessible) {
  await page.goto(plan)
  await page.getByRole('link', { name: 'Backtest' }).click()
  const { now } = await api('GET', '/api/test-clock')
  const day = (offset) => new Date(Date.parse(now) + offset * DAY).toISOString().slice(0, 10)
  await page.getByLabel('From', { exact: true }).fill(day(-60))
  await page.getByLabel('To, exclusive', { exact: true }).fill(day(1))
  await page.getByRole('button', { name: 'Run backtest' }).click()
  await page.getByText('1 customer', { exact: true }).waitFor()
  // 100.00 and 11,000 units above the included ones at 0.01.
  await page.getByTestId('total By this price').getByText('210.00 USD').waitFor()
  await page.getByRole('link', { name: 'user_123' }).waitFor()
  await accessible()
  await onPhone(page, accessible)
}
