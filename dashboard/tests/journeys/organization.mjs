// Sign up → the overview says what is there → invite a member → the audit log shows it → its chain is verified → settings.
import { journey } from './browser.mjs'
import { found, until } from './founding.mjs'

/** Invited by a link, opened in a browser of their own. */
async function person(page, context, accessible) {
  await page.getByRole('button', { name: 'Invite member' }).click()
  const inviting = page.getByRole('dialog', { name: 'Invite a member' })
  const email = `${crypto.randomUUID()}@example.com`
  await inviting.getByLabel('Email').fill(email)
  await inviting.getByRole('button', { name: 'Create invitation' }).click()
  const link = await inviting.locator('pre').textContent()
  await page.keyboard.press('Escape')
  const theirs = await (await context.browser().newContext()).newPage()
  await theirs.goto(link)
  await theirs.getByLabel('Your name').fill('Katherine Johnson')
  await theirs.getByLabel('Password').fill('quiet-harbour-lantern-42')
  await theirs.getByRole('button', { name: 'Accept invitation' }).click()
  await theirs.waitForURL('**/o/org_*')
  await page.reload()
  const row = page.getByRole('row').filter({ hasText: email })
  const change = page.getByRole('button', { name: 'Change Katherine Johnson' })
  for (const [role, shown] of [
    ['ADMIN', 'Admin'],
    ['VIEWER', 'Viewer'],
  ]) {
    await change.click()
    const dialog = page.getByRole('dialog', { name: 'Katherine Johnson' })
    await dialog.getByLabel('Role').selectOption(role)
    await dialog.getByRole('button', { name: 'Change role' }).click()
    await row.getByRole('cell', { name: shown, exact: true }).waitFor()
  }
  await page.getByRole('button', { name: 'Change Grace Hopper' }).click()
  const owner = page.getByRole('dialog', { name: 'Grace Hopper' })
  await owner.getByLabel('Role').selectOption('ADMIN')
  await owner.getByRole('button', { name: 'Change role' }).click()
  await owner.getByText('The last owner stays an owner.').waitFor()
  await accessible()
  await page.keyboard.press('Escape')
  await change.click()
  const removing = page.getByRole('dialog', { name: 'Katherine Johnson' })
  await removing.getByLabel(`Type ${email} to remove`).fill(email)
  await removing.getByRole('button', { name: 'Remove member' }).click()
  await row.waitFor({ state: 'detached' })
  await theirs.goto(page.url())
  await theirs.getByText('Nothing is here').waitFor()
}

/** Whether the API takes a key. */
async function works(secret) {
  const headers = { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json' }
  const answer = await fetch(`${process.env.GATEWAY_URL}/api/track/batch`, {
    method: 'POST',
    headers,
    body: '{"events":[]}',
  })
  return answer.status !== 401
}

async function key(page, pages, accessible) {
  await pages.getByRole('link', { name: 'API keys' }).click()
  await page.getByRole('button', { name: 'New key' }).click()
  await page.getByLabel('Name').fill('backend')
  await page.getByRole('button', { name: 'Create key' }).click()
  const shown = page.getByRole('textbox', { name: 'The key' })
  const first = await shown.inputValue()
  await accessible()
  await page.getByRole('button', { name: 'I have stored it' }).click()
  await page.reload()
  const row = page.getByRole('row').filter({ hasText: 'backend' })
  await row.getByRole('button', { name: 'Re-roll' }).click()
  if ((await page.getByText(first).count()) > 0) throw new Error('The key is shown again')
  await page.getByRole('button', { name: 'Re-roll key' }).click()
  const second = await shown.inputValue()
  await page.getByRole('button', { name: 'I have stored it' }).click()
  if (!(await works(first)) || !(await works(second))) throw new Error('One of the two keys does not work')
  await row.filter({ hasText: 'replaces' }).getByRole('button', { name: 'Revoke' }).click()
  const revoking = page.getByRole('dialog', { name: 'Revoke “backend”' })
  const typed = revoking.getByLabel('Type backend to go on')
  if (await typed.isVisible()) await typed.fill('backend')
  await revoking.getByRole('button', { name: 'Revoke key' }).click()
  await revoking.waitFor({ state: 'detached' })
  await until(
    () => works(second),
    (taken) => !taken,
  )
  if (!(await works(first))) throw new Error('The old key was revoked with the new one')
}

await journey(
  'organization',
  async ({ page, context, step, accessible }) => {
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

    await person(page, context, accessible)
    step('somebody joined in a second browser, was raised, lowered and removed; the last owner stays')
    await key(page, pages, accessible)
    step('a key was shown once, re-rolled with an overlap, and revoked')

    await pages.getByRole('link', { name: 'Audit log' }).click()
    await page.getByRole('cell', { name: 'invitation.created' }).first().waitFor()
    await page.getByRole('button', { name: 'Verify chain' }).click()
    await page.getByText('unbroken').waitFor()
    await accessible()
    step('the audit log shows it, and its chain is unbroken')

    await page.getByRole('cell', { name: 'invitation.created' }).last().click()
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
  },
  { refusals: [409] },
)
