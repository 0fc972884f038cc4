// What journeys need beside clicking: a tenant of their own, and the public API as its owner, through the dashboard.

/** Signs up; with `mode: 'test'` goes on in a test organization, whose clock can be moved. Answers its id. */
export async function signUp(page, { name, organization, mode = 'live' }) {
  await page.goto('/sign-up')
  await page.getByLabel('Your name').fill(name)
  await page.getByLabel('Email').fill(`${name.split(' ')[0].toLowerCase()}-${Date.now()}@example.com`)
  await page.getByLabel('Password').fill('quiet-harbour-lantern-42')
  await page.getByLabel('Organization').fill(organization)
  await page.getByRole('button', { name: 'Create organization' }).click()
  await page.waitForURL('**/get-started')
  if (mode === 'live') return organizationOf(page)
  const { id } = await call(page, 'POST', '/api/organizations', { name: `${organization} Test`, mode })
  await page.goto(`/o/${id}/plans`)
  await page.getByRole('heading', { name: 'Plans', level: 1 }).waitFor()
  return id
}

export function organizationOf(page) {
  return new URL(page.url()).pathname.split('/')[2]
}

/** A call of the API in the page's organization; throws on any answer but 2xx. */
export async function call(page, method, path, body) {
  const [status, answer] = await page.evaluate(
    async ([method, path, body, organizationId]) => {
      const session = await (await fetch('/api/auth/session')).json()
      const headers = {
        'Content-Type': 'application/json',
        'Idempotency-Key': crypto.randomUUID(),
        'UsageFlow-Organization': organizationId,
        'X-CSRF-Token': session.csrfToken,
      }
      const sent = method === 'GET' ? { method, headers } : { method, headers, body: JSON.stringify(body ?? {}) }
      const answer = await fetch(path, sent)
      return [answer.status, await answer.json().catch(() => null)]
    },
    [method, path, body, organizationOf(page)],
  )
  if (status < 200 || status > 299) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer)}`)
  return answer
}

/** Asks until the answer is what is waited for; throws after a while. */
export async function until(what, ask, { seconds = 60 } = {}) {
  const end = Date.now() + seconds * 1000
  for (;;) {
    const answer = await ask()
    if (answer) return answer
    if (Date.now() > end) throw new Error(`Waited ${seconds} s for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

/** Moves the clock of the page's test organization. */
export async function advanceTo(page, to) {
  await call(page, 'POST', '/api/test-clock/advance', { to })
  await until(`the clock to be at ${to}`, async () => (await call(page, 'GET', '/api/test-clock')).target === null)
}

/** What is shown, on a phone: nothing scrolls the page sideways, and it is accessible there too. */
export async function onPhone(page, accessible) {
  const before = page.viewportSize()
  await page.setViewportSize({ width: 390, height: 844 })
  await accessible()
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  if (wide > 0) throw new Error(`${page.url()} is ${wide} px wider than a phone`)
  await page.setViewportSize(before)
}
