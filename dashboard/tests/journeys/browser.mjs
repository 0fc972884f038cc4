// A real browser for journeys. What no journey allows: an error or warning on the console, an unhandled rejection, a
// request to another host, an answer of 500 or more.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import chromium from '@sparticuz/chromium'
import { chromium as playwright } from 'playwright-core'

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * Plays a journey: `play({ page, context, step, accessible })`. Leaves a screenshot and the console when it fails.
 * `refusals`: statuses below 500 that the journey provokes, which the browser notes on its console.
 */
export async function journey(name, play, { viewport = { width: 1440, height: 900 }, refusals = [], ...options } = {}) {
  const origin = new URL(process.env.DASHBOARD_URL).origin
  const browser = await playwright.launch({ executablePath: await chromium.executablePath(), args: FLAGS })
  const context = await browser.newContext({ viewport, baseURL: origin, ...options })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const wrong = []
  page.on('console', (message) => {
    if (refusals.some((status) => message.text().includes(`responded with a status of ${status} `))) return
    if (['error', 'warning'].includes(message.type()))
      wrong.push(`console: ${message.text()} ${message.location().url}`)
  })
  page.on('pageerror', (error) => wrong.push(`page: ${error.stack}`))
  page.on('request', (request) => {
    const { protocol, origin: asked } = new URL(request.url())
    if (protocol.startsWith('http') && asked !== origin) wrong.push(`another host: ${request.url()}`)
  })
  page.on('response', (answer) => {
    if (answer.status() >= 500) wrong.push(`${answer.status()}: ${answer.url()} ${answer.headers()['x-request-id']}`)
  })
  const step = (what) => console.log(`${name}: ${what}`)
  try {
    // What a journey brings onto the console itself, such as a connection that it cuts, it answers as a pattern.
    const own = await play({ page, context, step, accessible: () => accessible(page) })
    if (wrong.some((line) => !own?.test(line))) throw new Error(wrong.join('\n'))
  } catch (error) {
    const folder = process.env.LEFTOVERS ?? 'tests/screens/out'
    await mkdir(folder, { recursive: true })
    await page.screenshot({ path: join(folder, `${name}.png`) }).catch(() => undefined)
    console.error([error.stack, `at ${page.url()}`, ...wrong, `A screenshot is in ${folder}`].join('\n'))
    process.exitCode = 1
  } finally {
    await browser.close()
  }
}

/** No violation of any impact on what is shown, in light and in dark. */
async function accessible(page) {
  // A page that was come to by a link has its title a moment after its content.
  await page.waitForFunction(() => document.title !== '')
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    // A guard at either end of a popup: who comes to it by Tab is moved on at once, so that nobody rests on what is hidden.
    const axe = new AxeBuilder({ page }).exclude('[data-base-ui-focus-guard]')
    // Another scheme is the same page in other colours.
    const { violations } = await (colorScheme === 'light' ? axe : axe.withRules(['color-contrast'])).analyze()
    const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`)
    if (told.length > 0) throw new Error(`${page.url()} in ${colorScheme}:\n${told.join('\n')}`)
  }
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
