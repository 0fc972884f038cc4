// Sign up → the overview says what is there → invite a member → the audit log shows it → its chain is verified → settings.
import { journey } from './browser.mjs'
import { found } from './founding.mjs'

await journey('organization', async ({ page, context, step, accessible }) => {
  const { path } = await found(context, { name: 'Southwind', person: 'Grace Hopper' })
  await page.goto(path('/get-started'))
  const pages = page.getByRole('navigation', { name: 'Pages' })
  await pages.getByRole('link', { name: 'Overview' }).click()
  await page.getByText('Nothing needs you.').waitFor()
  await page.getByRole('region', { name: 'Events today' }).getByText('0', { exact: true }).waitFor()
  await accessible()
  step('the overview of an empty organization says so')

  await pages.getByRole('link', { name: 'Plans' }).click()
  await page.getByText('No plans yet').waitFor()
  await accessible()

  await pages.getByRole('link', { name: 'Members' }).click()
  await page.getByRole('cell', { name: 'Grace Hopper', exact: true }).waitFor()
  await page.getByRole('button', { name: 'Invite member' }).click()
  await page.getByLabel('Email').fill('ada@example.com')
  await accessible()
  await page.getByRole('button', { name: 'Create invitation' }).click()
  await page.getByText('It is shown this once').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('cell', { name: 'ada@example.com', exact: true }).waitFor()
  await accessible()
  step('an invitation was made and its link shown once')

  await pages.getByRole('link', { name: 'Audit log' }).click()
  await page.getByRole('cell', { name: 'invitation.created' }).waitFor()
  await page.getByRole('button', { name: 'Verify chain' }).click()
  await page.getByText('unbroken').waitFor()
  await accessible()
  step('the audit log shows it, and its chain is unbroken')

  await page.getByRole('cell', { name: 'invitation.created' }).click()
  const entry = page.getByRole('dialog', { name: 'Audit entry' })
  await entry.getByText('Hash before').waitFor()
  await accessible()
  const address = page.url()
  await page.goto(address)
  await page.getByRole('dialog', { name: 'Audit entry' }).getByText('ada@example.com').waitFor()
  step('an entry has an address of its own')

  await page.keyboard.press('Escape')
  await pages.getByRole('link', { name: 'Settings' }).click()
  await page.getByLabel('Name').fill('Southwind Energy')
  await page.getByLabel('Time zone').selectOption('Europe/Berlin')
  await accessible()
  await page.getByRole('button', { name: 'Save changes' }).click()
  await page.getByText('Saved.').waitFor()
  await page.reload()
  if ((await page.getByLabel('Name').inputValue()) !== 'Southwind Energy') throw new Error('The name was not kept')
  const sections = page.getByRole('navigation', { name: 'Settings' })
  await sections.getByRole('link', { name: 'Billing' }).click()
  await page.getByLabel('Grace, in hours').fill('24')
  await page.getByText('issued on 2 Dec at 00:00').waitFor()
  await page.getByLabel('City').fill('Kiel')
  await accessible()
  const issuer = page.getByRole('region', { name: 'Issuer, as printed on invoices' })
  await issuer.getByRole('button', { name: 'Save changes' }).click()
  await issuer.getByText('Saved.').waitFor()
  for (const [section, seen] of [
    ['Profile', 'this one'],
    ['Danger zone', 'keys and webhook endpoints stop at once'],
  ]) {
    await sections.getByRole('link', { name: section }).click()
    await page.getByText(seen).waitFor()
    await accessible()
  }
  step('settings are saved, section by section')
})
