// Group by, compare, a custom range over a change of the clock; file = table = API; the address restores all of it.
import { readFile } from 'node:fs/promises'
import { journey } from './browser.mjs'
import { found, until } from './founding.mjs'

const ZONE = 'Europe/Berlin'
const HOUR = 3_600_000

const offsetAt = (at) =>
  new Intl.DateTimeFormat('en', { timeZone: ZONE, timeZoneName: 'longOffset' }).format(new Date(at)).split(', ')[1]

/** The last hour in which the clocks of the zone were changed. */
function lastChange() {
  let at = Math.floor(Date.now() / HOUR) * HOUR - 48 * HOUR
  while (offsetAt(at) === offsetAt(at - HOUR)) at -= HOUR
  return at
}

const civilDay = (at) => new Intl.DateTimeFormat('en-CA', { timeZone: ZONE }).format(new Date(at))

/** Events in the hours around a change of the clock, counted. */
async function countAround(api, change) {
  const metric = { code: 'TOKENS', name: 'Tokens', aggregation: 'SUM', valueProperty: 'tokens', eventName: 'LLM_CALL' }
  await api('POST', '/api/metrics', { ...metric, groupBy: ['model'] })
  const ends = { from: new Date(change - 72 * HOUR).toISOString(), to: new Date(change + 36 * HOUR).toISOString() }
  const backfill = await api('POST', '/api/backfills', { name: 'clocks', reason: 'journey', ...ends })
  const events = [-2, -1, 0, 1, -26].flatMap((hours) =>
    ['gpt', 'claude', '=llama'].map((model, at) => ({
      metric: 'LLM_CALL',
      customerId: 'user_123',
      idempotencyKey: `${hours} ${model}`,
      timestamp: new Date(change + hours * HOUR + 60_000).toISOString(),
      properties: { model, tokens: 100 + hours + at * 10 },
    })),
  )
  await api('POST', `/api/backfills/${backfill.id}/events`, { events })
  const range = `metric=TOKENS&from=${ends.from}&to=${ends.to}`
  await until(
    () => api('GET', `/api/usage?${range}`),
    ({ total }) => total.eventCount === events.length,
  )
}

await journey('usage', async ({ page, context, step, accessible }) => {
  const { api, path } = await found(context)
  const change = lastChange()
  await countAround(api, change)
  step('events on both sides of a change of the clock are counted')

  await page.goto(path('/usage'))
  await page.getByRole('button', { name: 'model', exact: true }).click()
  await page.getByRole('button', { name: 'Compare with the period before' }).click()
  await page.getByLabel('Time zone').selectOption(ZONE)
  const day = civilDay(change)
  const next = civilDay(change + 24 * HOUR)
  await page.getByRole('button', { name: 'Custom', exact: true }).click()
  await page.getByLabel('From (').fill(`${day}T00:00`)
  await page.getByLabel('To, not included').fill(`${next}T00:00`)
  await page.getByRole('button', { name: 'Show range' }).click()
  await page.getByLabel('Window', { exact: true }).selectOption('hour')
  await page.getByRole('heading', { name: 'Tokens per hour by model' }).waitFor()
  const rows = page.getByRole('table', { name: 'Usage by window' }).locator('tbody tr')
  await until(
    () => rows.count(),
    (count) => count === 12,
  )
  const address = new URL(page.url())
  const query = new URLSearchParams({ metric: 'TOKENS', groupBy: 'model', windowSize: 'hour', timeZone: ZONE })
  for (const name of ['from', 'to', 'compare']) query.set(name, address.searchParams.get(name))
  const answer = await api('GET', `/api/usage?${query}`)
  const hours = (Date.parse(answer.to) - Date.parse(answer.from)) / HOUR
  if (![23, 25].includes(hours)) throw new Error(`The day of the change has ${hours} hours`)
  const total = await page.getByTestId('total').textContent()
  if (total.replaceAll(',', '') !== answer.total.value) throw new Error(`${total} is not ${answer.total.value}`)
  await page.getByText(`Times in ${ZONE}`).waitFor()
  await accessible()
  step(`a day of ${hours} hours, grouped and compared`)

  const told = async (from) =>
    Promise.all((await from.all()).map(async (row) => (await row.locator('td').allTextContents()).slice(1)))
  const table = await told(rows)
  const [before] = answer.previous.data.map(({ value }) => value)
  answer.data.forEach(({ group, value, eventCount }, at) => {
    const row = table[at]
    const same = row[0] === group.model && row[1] === String(eventCount) && row[3] === value
    if (!same) throw new Error(`The table says ${row}, the API ${JSON.stringify(answer.data[at])}`)
  })
  const saving = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export CSV' }).click()
  const file = await readFile(await (await saving).path(), 'utf8')
  const lines = file.trim().split('\r\n').slice(1)
  const expected = answer.data.map(({ windowStart, windowEnd, group, value, eventCount }) => {
    const model = group.model.startsWith('=') ? `"'${group.model}"` : group.model
    return [windowStart, windowEnd, ZONE, model, value, eventCount].join(',')
  })
  const differs = lines.findIndex((line, at) => !line.startsWith(`${expected[at]},`))
  if (lines.length !== expected.length || differs >= 0) throw new Error(`The file differs:\n${file}`)
  if (before && !file.includes(`,${before}\r\n`)) throw new Error(`The period before is missing:\n${file}`)
  step('file, table and API agree')

  const elsewhere = await context.browser().newContext({ storageState: await context.storageState() })
  const other = await elsewhere.newPage()
  await other.goto(address.href)
  await other.getByRole('heading', { name: 'Tokens per hour by model' }).waitFor()
  const again = other.getByRole('table', { name: 'Usage by window' }).locator('tbody tr')
  await until(
    () => again.count(),
    (count) => count === 12,
  )
  if (JSON.stringify(await told(again)) !== JSON.stringify(table)) throw new Error('Another browser shows other rows')
  await other.getByRole('button', { name: 'Compare with the period before', pressed: true }).waitFor()
  await elsewhere.close()
  step('the address restores all of it in a fresh browser')

  const chart = page.getByRole('slider')
  await chart.press('ArrowRight')
  await until(
    () => chart.getAttribute('aria-valuetext'),
    (text) => text.includes(`${Number.parseInt(day.slice(8), 10)} `),
  )
  await page.getByRole('button', { name: 'View as table' }).click()
  await page.getByRole('region', { name: 'Tokens per hour by model as a table' }).waitFor()
  await accessible()
  step('the chart is walked by keys and is there as a table')
})
