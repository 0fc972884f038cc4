// What is kept in order: a plan is archived and taken back, a draft dropped, a customer deleted, a subscription canceled at a
// typed time, a draft invoice finalized, a backtest saved as a file and stopped.
import { readFile } from 'node:fs/promises'
import { journey } from './browser.mjs'
import { daysAgo, found, invoiced } from './founding.mjs'

await journey('upkeep', async ({ page, context, step, accessible }) => {
  const { api, own, path } = await found(context)
  const { version } = await own('GET', '/api/organization')
  await own('PATCH', '/api/organization', { autoFinalize: false }, version)
  const draft = await invoiced(api, { issued: false })
  const { data: subscriptions } = await api('GET', '/api/subscriptions?customerId=user_123')
  const [{ id: subscriptionId, planId }] = subscriptions

  await archive(page, path(`/plans/${planId}`), accessible)
  step('a plan was archived and taken back')
  await dropDraft(page, path(`/plans/${planId}`), accessible)
  step('a draft was dropped')

  await api('POST', '/api/customers', { customerId: 'nobody', name: 'Nobody Ltd' })
  await page.goto(path('/customers/nobody'))
  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  const deleting = page.getByRole('dialog', { name: 'Delete Nobody Ltd?' })
  await deleting.getByLabel('Type nobody to go on').fill('nobody')
  await accessible()
  await deleting.getByRole('button', { name: 'Delete customer' }).click()
  await page.getByRole('heading', { name: 'Customers', level: 1 }).waitFor()
  await page.getByRole('link', { name: 'Example Ltd' }).waitFor()
  if ((await page.getByText('Nobody Ltd').count()) > 0) throw new Error('The deleted customer is still listed')
  step('a customer was deleted, and is not listed any more')

  await comeBack(page, api, path)
  step('a list is found scrolled as it was left')

  await page.goto(path('/usage?customerId=user_123'))
  await page.getByRole('button', { name: /^Period of PRO-/ }).click()
  await page.waitForURL('**range=custom**')
  await page.getByText(/^Total 0\b/).waitFor()
  step('the running period of a customer is a range of the explorer')

  await cancelAt(page, api, path(`/subscriptions/${subscriptionId}`), accessible)
  step('a subscription ends at a typed time')

  await page.goto(path(`/invoices/${draft.id}`))
  await page.getByRole('button', { name: 'Finalize draft' }).click()
  const finalizing = page.getByRole('dialog', { name: 'Finalize draft' })
  await accessible()
  await finalizing.getByRole('button', { name: 'Finalize draft' }).click()
  await page.getByRole('heading', { level: 1, name: /^INV-/ }).waitFor()
  await page.getByRole('button', { name: 'Record payment' }).waitFor()
  step('a draft was finalized, and the page shows its number')

  await backtest(page, path(`/plans/${planId}/backtest`))
  step('a backtest was saved as a file, and another one stopped')
})

/** By the breadcrumb, after a row far down was opened. */
async function comeBack(page, api, path) {
  for (let at = 0; at < 30; at++) {
    await api('POST', '/api/metrics', { code: `METRIC_${at}`, name: `Metric ${at}`, aggregation: 'COUNT' })
  }
  await page.goto(path('/metrics'))
  const last = page.locator('#page a[data-row]').last()
  await last.scrollIntoViewIfNeeded()
  const left = await page.evaluate(() => window.scrollY)
  if (left === 0) throw new Error('The list is too short to be scrolled')
  await last.click()
  const back = page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link', { name: 'Metrics' })
  await back.click()
  await page.waitForFunction((top) => window.scrollY === top, left)
}

async function archive(page, plan, accessible) {
  await page.goto(plan)
  const head = page.locator('#page header')
  const notices = page.getByRole('region', { name: 'Notices' })
  await head.getByRole('button', { name: 'Archive plan' }).click()
  await head.getByText('Archived', { exact: true }).waitFor()
  await accessible()
  await notices.getByRole('button', { name: 'Undo' }).click()
  await head.getByText('Active', { exact: true }).waitFor()
  await notices.getByText('takes subscriptions again').waitFor()
  await head.getByRole('button', { name: 'Archive plan' }).click()
  await head.getByRole('button', { name: 'Unarchive plan' }).click()
  await head.getByRole('button', { name: 'Archive plan' }).waitFor()
}

async function dropDraft(page, plan, accessible) {
  await page.goto(`${plan}/draft`)
  await page.getByLabel('Base price, USD').fill('250')
  await page.getByText(/^Saved \d\d:/).waitFor()
  await page.getByRole('button', { name: 'Drop draft' }).click()
  await accessible()
  await page.getByRole('dialog').getByRole('button', { name: 'Drop draft' }).click()
  await page.waitForURL(`**${plan}`)
  await page.getByRole('link', { name: 'Change price' }).waitFor()
}

async function cancelAt(page, api, subscription, accessible) {
  await page.goto(subscription)
  await page.getByRole('button', { name: 'Cancel', exact: true }).click()
  await page.getByLabel('At a time').check()
  await page.getByLabel('Ends').fill(`${daysAgo(-3).slice(0, 10)}T10:07`)
  await page.getByText('10:15 UTC, the end of its quarter hour').waitFor()
  await accessible()
  await page.getByRole('button', { name: 'Cancel subscription' }).click()
  await page.getByRole('button', { name: 'Cancel earlier' }).waitFor()
  const ends = async () => (await api('GET', `/api/subscriptions/${subscription.split('/').at(-1)}`)).cancelAt
  const shown = `${daysAgo(-3).slice(0, 10)}T10:15:00Z`
  if ((await ends()) !== shown) throw new Error(`It ends at ${await ends()}, and ${shown} was shown`)
  const changes = page.getByRole('region', { name: 'Changes' })
  await changes.getByRole('button', { name: 'Drop' }).click()
  await page.getByRole('button', { name: 'Cancel', exact: true }).waitFor()
  await page.getByRole('region', { name: 'Notices' }).getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('button', { name: 'Cancel earlier' }).waitFor()
  if ((await ends()) !== shown) throw new Error(`Scheduled again it ends at ${await ends()}`)
}

async function backtest(page, address) {
  await page.goto(address)
  await page.getByLabel('From', { exact: true }).fill(daysAgo(60).slice(0, 10))
  await page.getByLabel('To, exclusive', { exact: true }).fill(daysAgo(-1).slice(0, 10))
  await page.getByRole('option', { name: 'Version 1' }).waitFor({ state: 'attached' })
  await page.getByRole('button', { name: 'Run backtest' }).click()
  await page.getByText('1 customer', { exact: true }).waitFor()
  const saving = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export CSV' }).click()
  const file = await readFile(await (await saving).path(), 'utf8')
  if (!file.startsWith('customerId,billed,') || !file.includes('user_123,100.20,100.20,0.00,USD')) throw new Error(file)
  await page.route(
    '**/api/plans/backtest',
    (route) => new Promise((resolve) => setTimeout(() => resolve(route.continue()), 500)),
  )
  await page.getByRole('button', { name: 'Run backtest' }).click()
  await page.getByRole('button', { name: 'Stop' }).click()
  await page.getByText('Stopped before the first customers came.').waitFor()
}
