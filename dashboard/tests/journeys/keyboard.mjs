// Keyboard alone: sign in, the palette to an invoice by its number, unfold, verify, record a payment. No pointer is sent.
import { journey } from './browser.mjs'
import { found, invoiced } from './founding.mjs'

/** Tab until what is focused has this name; then the key that does it. */
async function reach(page, name, key = null) {
  for (let pressed = 0; pressed < 120; pressed++) {
    const told = await page.evaluate(() => {
      const { activeElement: at } = document
      const labels = [...(at?.labels ?? [])].map((label) => label.textContent)
      return [at?.getAttribute('aria-label'), ...labels, at?.textContent].filter(Boolean).join(' ')
    })
    if (name.test(told)) return key && page.keyboard.press(key)
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab does not reach ${name}`)
}

/** What is made and edited: from the palette, and by E. */
async function forms(page) {
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Find anything' }).waitFor()
  await page.keyboard.type('invite')
  await page.getByRole('option', { name: 'Invite member' }).waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('dialog', { name: 'Invite a member' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog', { name: 'Invite a member' }).waitFor({ state: 'detached' })
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Find anything' }).waitFor()
  await page.keyboard.type('user_123')
  await page.getByRole('option', { name: 'Example Ltd' }).waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'Example Ltd' }).waitFor()
  await page.getByRole('combobox', { name: 'Find anything' }).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Edit customer' }).waitFor()
  await page.keyboard.press('e')
  await page.getByRole('dialog', { name: 'Edit customer' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog', { name: 'Edit customer' }).waitFor({ state: 'detached' })
}

await journey('keyboard', async ({ page, context, step, accessible }) => {
  const { api, email, password } = await found(context)
  const invoice = await invoiced(api)
  await context.clearCookies()
  await page.addInitScript(() => {
    window.pointers = JSON.parse(sessionStorage.getItem('pointers') ?? '[]')
    for (const kind of ['pointerdown', 'mousedown', 'touchstart', 'wheel']) {
      const note = (event) => {
        if (!event.isTrusted) return
        window.pointers.push(kind)
        sessionStorage.setItem('pointers', JSON.stringify(window.pointers))
      }
      window.addEventListener(kind, note, { capture: true })
    }
  })
  await page.goto('/sign-in')
  await page.getByLabel('Email').waitFor()
  await reach(page, /^Email/)
  await page.keyboard.type(email)
  await reach(page, /^Password/)
  await page.keyboard.type(password)
  await page.keyboard.press('Enter')
  await page.waitForURL('**/o/org_*')
  await page.getByRole('heading', { level: 1 }).waitFor()
  step('signed in')

  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Find anything' }).waitFor()
  await page.keyboard.type(invoice.number)
  await page.getByRole('option', { name: invoice.number }).waitFor()
  await accessible()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: invoice.number }).waitFor()
  step('the palette led to the invoice by its number')

  await reach(page, /^API calls/, 'Enter')
  await page.getByText('30 − 10 included = 20').waitFor()
  await reach(page, /^Verify invoice/, 'Enter')
  await page.getByText('lines, digests, total, hash, chain and completeness agree').waitFor()
  await accessible()
  step('a line was unfolded, the invoice verified')

  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Find anything' }).waitFor()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+Home')
  await page.evaluate(() => document.activeElement?.blur())
  await reach(page, /^Record payment/, 'Enter')
  const paying = page.getByRole('dialog', { name: `Record a payment of ${invoice.number}` })
  await paying.waitFor()
  await reach(page, /^Reference/)
  await page.keyboard.type('bank-7')
  await page.keyboard.press('Enter')
  await page.locator('header').getByText('Paid', { exact: true }).waitFor()
  await page.getByText(`Payment of ${invoice.number} recorded.`).waitFor()
  await accessible()
  step('the payment was recorded')

  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Shortcuts' }).waitFor()
  await accessible()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog', { name: 'Shortcuts' }).waitFor({ state: 'detached' })
  await forms(page)
  step('the palette opened a form, and a key another one')

  await page.keyboard.press('g')
  await page.keyboard.press('u')
  await page.waitForURL('**/usage')
  const pointers = await page.evaluate(() => window.pointers)
  if (pointers.length > 0) throw new Error(`The pointer was used: ${pointers}`)
  step('no pointer event was sent')
})
