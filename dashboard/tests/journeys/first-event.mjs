// Sign up → a metric → a key → the displayed curl, run in a shell → the listener turns green → the event's detail.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { journey } from './browser.mjs'

const run = promisify(execFile)

await journey('first-event', async ({ page, step, accessible }) => {
  await page.goto('/')
  await page.getByRole('link', { name: 'Create an organization' }).click()
  await page.getByLabel('Your name').fill('Ada Lovelace')
  await page.getByLabel('Email').fill(`ada-${Date.now()}@example.com`)
  await page.getByLabel('Password').fill('quiet-harbour-lantern-42')
  await page.getByLabel('Organization').fill('Northwind')
  await accessible()
  await page.getByRole('button', { name: 'Create organization' }).click()
  await page.waitForURL('**/get-started')
  step('signed up')

  await page.getByRole('button', { name: 'Create metric' }).click()
  await page.getByRole('button', { name: 'Create ingest key' }).click()
  await page.getByText('Waiting for your first event').waitFor()
  await accessible()
  await page.getByRole('button', { name: 'Copy command' }).click()
  const command = await page.evaluate(() => navigator.clipboard.readText())
  if (!command.includes('uf_live_') || command.includes('…')) throw new Error(`The command is not whole: ${command}`)
  const mistaken = command.replace(/"metric":"\w+"/, '"metric":"NO_SUCH"')
  await run('bash', ['-c', `${mistaken} --silent --show-error --noproxy '*'`])
  await page.locator('[data-listener="rejected"]').getByText('Refused: unknown_metric.').waitFor()
  await accessible()
  step('a wrong metric turned the listener amber, with its code')
  const { stdout } = await run('bash', ['-c', `${command} --silent --show-error --fail --noproxy '*'`])
  if (JSON.parse(stdout).status !== 'accepted') throw new Error(stdout)
  step('the displayed command was accepted')

  await page.locator('[data-listener="counted"]').waitFor({ timeout: 5000 })
  step('the listener turned green')
  await accessible()

  await page.getByRole('link', { name: 'See the event', exact: true }).click()
  const drawer = page.getByRole('dialog', { name: 'Event' })
  const partition = await drawer.getByTestId('partition').textContent()
  const offset = await drawer.getByTestId('offset').textContent()
  if (!/^\d+$/.test(partition) || !/^[\d,]+$/.test(offset)) throw new Error(`partition ${partition}, offset ${offset}`)
  await accessible()
  step('the detail shows partition and offset')

  await page.keyboard.press('Escape')
  await page.getByRole('cell', { name: 'user_123' }).first().waitFor()
  await accessible()
  await page.reload()
  await page.getByRole('cell', { name: 'user_123' }).first().waitFor()
  step('the list shows it, also after a reload')
})
