// Two people change the settings at once; a session ended from another one leads to sign-in and back; another password; the
// organization is given away, given back, and ended.
import { journey } from './browser.mjs'
import { actingIn, found, joined } from './founding.mjs'

const NEW_PASSWORD = ' silver-meadow-compass-77'

await journey('account', play, { refusals: [401, 404, 412, 422] })

async function play({ page, context, step, accessible }) {
  const tenant = await found(context, { name: 'Westwind', person: 'Mary Jackson' })
  const { id, path, own } = tenant
  await twoPeople(page, tenant, accessible)
  step('the second of two people sees both values and chooses')

  const elsewhere = await context.browser().newContext({ baseURL: new URL(page.url()).origin })
  await signIn(elsewhere, tenant.email, tenant.password)
  await page.goto(path('/settings/profile'))
  const sessions = page.getByRole('region', { name: 'Sessions' })
  await sessions.getByRole('button', { name: 'Sign out', exact: true }).click()
  await sessions.getByRole('button', { name: 'Sign out', exact: true }).waitFor({ state: 'detached' })
  await isSignedOut(elsewhere)
  for (const _ of [1, 2]) await signIn(elsewhere, tenant.email, tenant.password)
  await page.reload()
  await accessible()
  await sessions.getByRole('button', { name: 'Sign out everywhere else' }).click()
  await sessions.getByRole('button', { name: 'Sign out everywhere else' }).waitFor({ state: 'detached' })
  await isSignedOut(elsewhere)
  step('one session was ended from another, then all the others')

  await signIn(elsewhere, tenant.email, tenant.password)
  await changePassword(page, tenant, accessible)
  await isSignedOut(elsewhere)
  step('another password ended all other sessions')

  const { member, session, context: theirs } = await joined(context, own, { role: 'ADMIN', name: 'Annie Easley' })
  await page.goto(path('/settings/danger'))
  const giving = page.getByRole('region', { name: 'Transfer ownership' })
  await giving.getByLabel('New owner').selectOption({ label: `Annie Easley (${member.email})` })
  await giving.getByLabel('Your password').fill(NEW_PASSWORD)
  await accessible()
  await giving.getByRole('button', { name: 'Transfer ownership' }).click()
  const reason = 'Only owners can do this.'
  await page.locator(`button[aria-description="${reason}"]`, { hasText: 'Transfer ownership' }).waitFor()
  if (await giving.getByLabel('Your password').inputValue()) throw new Error('The password still stands there')
  step('the ownership was given away')

  // Given back by the other one, whose session knows nothing of the page.
  const { user } = (await own('GET', '/api/auth/session')) ?? {}
  await actingIn(theirs, session, id)('POST', '/api/organization/transfer', {
    userId: user.id,
    password: member.password,
  })
  await page.reload()
  const ending = page.getByRole('region', { name: 'Delete organization' })
  await ending.getByLabel('Type Westwind Power to go on').fill('Westwind Power')
  await ending.getByLabel('Your password').fill(NEW_PASSWORD)
  await ending.getByRole('button', { name: 'Delete organization' }).click()
  await page.getByRole('heading', { level: 1, name: 'No organization' }).waitFor()
  await accessible()
  const gone = await page.goto(path('/settings/danger'))
  if (gone.status() !== 404) throw new Error(`The ended organization is answered with ${gone.status()}`)
  await page.goto('/')
  await page.getByLabel('Organization').fill('Westwind again')
  await page.getByRole('button', { name: 'Create organization' }).click()
  await page.waitForURL('**/get-started')
  step('the organization was ended, and who is a member of nothing founds another one')
}

/** The name is changed by two; then the zone by one while the other changes the name: only the first is a conflict. */
async function twoPeople(page, { path, own }, accessible) {
  const patch = async (body) => own('PATCH', '/api/organization', body, (await own('GET', '/api/organization')).version)
  await page.goto(path('/settings/organization'))
  await page.getByLabel('Name').fill('Westwind Energy')
  await patch({ name: 'Westwind Water' })
  await page.getByRole('button', { name: 'Save changes' }).click()
  await page.getByText('What you typed is still here: choose.').waitFor()
  await page.getByRole('row', { name: 'Name Westwind Water Westwind Energy' }).waitFor()
  await accessible()
  await page.getByRole('button', { name: 'Take theirs' }).click()
  await page.waitForFunction(() => document.querySelector('[name="/name"]').value === 'Westwind Water')
  await page.getByLabel('Name').fill('Westwind Power')
  await patch({ name: 'Westwind Steam' })
  await page.getByRole('button', { name: 'Save changes' }).click()
  await page.getByRole('button', { name: 'Save mine over theirs' }).click()
  await page.getByText('Saved.').waitFor()
  await page.goto(path('/settings/billing'))
  const issuer = page.getByRole('region', { name: 'Issuer, as printed on invoices' })
  await issuer.getByLabel('City').fill('Kiel')
  await page.getByLabel('Payment term, in days').fill('30')
  await patch({ timeZone: 'Europe/Berlin' })
  await issuer.getByRole('button', { name: 'Save changes' }).click()
  await issuer.getByText('Saved.').waitFor()
  const term = await page.getByLabel('Payment term, in days').inputValue()
  if (term !== '30') throw new Error(`What was typed in another section is now ${term}`)
}

async function changePassword(page, tenant, accessible) {
  const password = page.getByRole('region', { name: 'Password' })
  await password.getByLabel('Present password').fill('wrong-wrong-wrong')
  await password.getByLabel('New password').fill(NEW_PASSWORD)
  await password.getByRole('button', { name: 'Change password' }).click()
  await password.getByRole('alert').waitFor()
  await accessible()
  await password.getByLabel('Present password').fill(tenant.password)
  await password.getByRole('button', { name: 'Change password' }).click()
  await password.getByText('Changed.').waitFor()
  if (await password.getByLabel('New password').inputValue()) throw new Error('The new password still stands there')
}

async function signIn(context, email, password) {
  const headers = { Origin: new URL(process.env.DASHBOARD_URL).origin }
  await context.clearCookies()
  const answer = await context.request.post('/api/auth/sign-in', { headers, data: { email, password } })
  if (!answer.ok()) throw new Error(`${answer.status()}: ${await answer.text()}`)
}

async function isSignedOut(context) {
  const answer = await context.request.get('/api/auth/session')
  if (answer.status() !== 401) throw new Error(`A session that was ended is answered with ${answer.status()}`)
}
