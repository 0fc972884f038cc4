// A plan of 100.00 with 10,000 included and 0.01 above: the calculator says 120.00 at 12,000 and the chart's marker stands
// there → saved, published, subscribed. Tiers by keyboard and paste, refused at their field. Two people on one draft.
import { journey, onPhone } from './browser.mjs'
import { found } from './founding.mjs'

await journey('plan', play, { refusals: [412] })

async function play({ page, context, step, accessible }) {
  const { api, path } = await found(context)
  await api('POST', '/api/metrics', {
    name: 'API calls',
    code: 'API_CALL',
    aggregation: 'SUM',
    groupBy: ['region'],
  })
  await api('POST', '/api/metrics', { name: 'Storage', code: 'STORAGE', aggregation: 'SUM' })
  await api('POST', '/api/customers', { customerId: 'user_123', name: 'Example Ltd' })

  await page.goto(path('/plans'))
  await page.getByRole('link', { name: 'New plan' }).click()
  await page.getByLabel('Name').fill('Pro')
  await page.getByLabel('Code').fill('PRO')
  await page.getByRole('option', { name: 'API calls (API_CALL)' }).waitFor({ state: 'attached' })
  await page.getByLabel('Metric').selectOption('')
  await accessible()
  await page.getByRole('button', { name: 'Create draft' }).click()
  await page.waitForURL('**/draft')
  await page.getByRole('button', { name: 'Add charge' }).click()
  await page.getByLabel('Metric').selectOption('API_CALL')
  await page.getByLabel('Price per unit, USD').fill('0.01')
  await page.getByLabel('Included units').fill('10000')
  await page.getByLabel('Base price, USD').fill('100')
  await page.getByLabel('Quantity of API calls', { exact: true }).fill('12,000')
  await page.getByText('12,000 − 10,000 included = 2,000 × 0.01 = 20.00').waitFor()
  await page.getByTestId('total').getByText('120.00 USD').waitFor()
  await page.locator('[data-testid="marker"][data-at="12,000"][data-value="120.00 USD"]').waitFor()
  await page.getByText(/^Saved \d\d:/).waitFor()
  await accessible()
  step('the calculator says 120.00 at 12,000 and the marker stands there')

  await page.reload()
  await page.getByTestId('total').getByText('120.00 USD').waitFor()
  if ((await page.getByLabel('Included units').inputValue()) !== '10,000') throw new Error('The draft was not saved')
  step('the draft is the server’s: it is there after a reload')

  await tiers(page)
  await accessible()
  await onPhone(page, accessible)
  step('tiers are typed, pasted, and refused at their field')

  await twoPeople(page, context)
  step('the second of two people sees both drafts and chooses')

  await page.getByRole('button', { name: 'Publish version 1' }).click()
  await page.getByRole('dialog').getByText('A published version never changes').waitFor()
  await accessible()
  await page.getByRole('dialog').getByRole('button', { name: 'Publish version 1' }).click()
  await page.getByText('120.00 USD a month + 2 charges').waitFor()
  await page.getByTestId('marker').waitFor()
  await page.getByLabel('Quantity of Storage', { exact: true }).fill('0')
  await page.locator('[data-value="140.00 USD"]').waitFor()
  await page.getByRole('img', { name: /^Price over API calls/ }).focus()
  await page.keyboard.press('End')
  await page.getByText('15,000: 170.00 USD').waitFor()
  await accessible()
  await page.getByRole('button', { name: 'Edit name' }).click()
  await page.getByLabel('Description').fill('For teams.')
  await accessible()
  await page.getByRole('button', { name: 'Save changes' }).click()
  await page.locator('#page').getByText('For teams.').waitFor()
  step('published')

  await page.getByRole('link', { name: 'Change price' }).click()
  await page.getByLabel('Base price, USD').fill('150')
  await page.getByRole('button', { name: 'Publish version 2', disabled: false }).click()
  await page.getByRole('dialog').getByText('Subscriptions on version 1 stay there').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Publish version 2' }).click()
  await page.getByRole('link', { name: 'Compare with 1' }).click()
  await page.waitForURL('**compare=1..2')
  await page.reload()
  const row = page.getByRole('row', { name: 'Base price 120 150' })
  await row.waitFor()
  await accessible()
  await onPhone(page, accessible)
  step('two versions and their difference, which has an address')

  await subscribe(page, path('/subscriptions/new'), accessible)
  step('a customer is subscribed')
}

async function tiers(page) {
  await page.getByRole('button', { name: 'Add charge' }).click()
  const charge = page.getByRole('group', { name: 'Storage' })
  await charge.getByLabel('Model').selectOption('graduated')
  await charge.getByLabel('Tier 1, per unit').fill('0.05')
  await charge.getByLabel('Tier 1, per unit').press('Enter')
  await charge.getByLabel('Tier 1, up to').fill('1,000')
  await charge.getByText('above 1,000').waitFor()
  await charge.getByLabel('Tier 2, per unit').fill('0.04')
  await page.evaluate(() => navigator.clipboard.writeText('1,000\t0.05\n500\t0.04\n\t0.03\n'))
  await charge.getByLabel('Tier 1, up to').focus()
  await page.keyboard.press('Control+V')
  await charge.getByText('Tier 2 must end above 1,000, where tier 1 ends.').waitFor()
  await page.getByText('Not saved: one field needs another value.').waitFor()
  await charge.getByLabel('Tier 2, up to').fill('1.000,5')
  await charge.getByText('Type a number such as 1,000.50').waitFor()
  await charge.getByLabel('Tier 2, up to').fill('5000')
  await charge.getByText('above 5,000').waitFor()
  await page.getByText(/^Saved \d\d:/).waitFor()
}

async function twoPeople(page, context) {
  const other = await context.newPage()
  await other.goto(page.url())
  await other.getByLabel('Base price, USD').fill('110')
  await other.getByText(/^Saved \d\d:/).waitFor()
  await other.close()
  await page.getByLabel('Base price, USD').fill('120')
  await page.getByText('Somebody else changed this plan', { exact: true }).waitFor()
  await page.getByRole('row', { name: 'Base price 110 120' }).waitFor()
  await page.getByRole('button', { name: 'Save mine over theirs' }).click()
  await page.getByText(/^Saved \d\d:/).waitFor()
}

async function subscribe(page, address, accessible) {
  await page.goto(address)
  await page.getByLabel('Customer').fill('user_123')
  await page.getByRole('paragraph').filter({ hasText: 'Example Ltd' }).waitFor()
  await page.getByLabel('Plan', { exact: true }).selectOption({ label: 'Pro (PRO, USD)' })
  await accessible()
  await page.getByRole('button', { name: 'Create subscription' }).click()
  await page.getByRole('heading', { name: 'user_123 on PRO' }).waitFor()
  await page.getByRole('link', { name: 'PRO, version 2' }).waitFor()
  await accessible()
  await onPhone(page, accessible)
}
