// Every page in five states, wide and narrow, light and dark, into tests/screens/out with an index to look through.
// `ONLY=usage,invoices` names the pages that are wanted; `STATES=full,empty,loading,error,limited` the states.
// Limited is what somebody sees who may only look.
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import chromium from '@sparticuz/chromium'
import { chromium as playwright } from 'playwright-core'
import { found } from '../journeys/founding.mjs'
import { enter, idsOf, peculiarPages } from './tenant-data.mjs'

const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } }
const SCHEMES = ['light', 'dark']
const out = fileURLToPath(new URL('./out/', import.meta.url))
const pages = fileURLToPath(new URL('../../app/(app)/o/[organizationId]/', import.meta.url))
const only = process.env.ONLY?.split(',')
const states = (process.env.STATES ?? 'full,empty,loading,error,limited').split(',')

/** The addresses of all pages of an organization, such as `/invoices/[invoiceId]`. */
async function routes() {
  const files = await readdir(pages, { recursive: true })
  const found = files.filter((file) => file.endsWith('page.tsx')).map((file) => `/${relative('.', join(file, '..'))}`)
  return found.sort().filter((route) => !only || only.some((name) => route.includes(name)))
}

/** An event of usage and one of webhooks have parameters of one name. */
const named = (route) => route.replace('/webhooks/events/[eventId]', '/webhooks/events/[webhookEventId]')
const filled = (route, ids) => named(route).replace(/\[(\w+)\]/g, (_, name) => ids[name] ?? '[]')

async function shots(page, name, fullPage) {
  const made = []
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport)
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.waitForTimeout(120)
      const file = `${name}-${size}-${colorScheme}.png`
      await page.screenshot({ path: join(out, file), fullPage })
      made.push(file)
    }
  }
  return made
}

/** What the API does in a state: it answers, never does, or refuses. */
async function hold(page, state) {
  if (state === 'loading') await page.route('**/api/**', () => undefined)
  if (state === 'error') {
    const problem = {
      title: 'Not now',
      status: 500,
      code: 'internal_error',
      detail: 'The service did not answer in 5 s.',
    }
    const json = { ...problem, requestId: 'req_0123456789' }
    await page.route('**/api/**', (route) =>
      route.fulfill({ status: 500, json, contentType: 'application/problem+json' }),
    )
  }
}

/** Down and up again: panels that wait for the viewport are loaded, too. */
async function seeAll(page) {
  await page.evaluate(async () => {
    for (let top = 0; top < document.body.scrollHeight; top += 600) {
      window.scrollTo(0, top)
      await new Promise((resolve) => setTimeout(resolve, 150))
    }
    window.scrollTo(0, 0)
  })
  await page.waitForTimeout(800)
}

async function shoot(context, state, route, address) {
  const page = await context.newPage()
  await page.clock.setFixedTime(now)
  await hold(page, state)
  await page.goto(address)
  await page.waitForTimeout(state === 'error' ? 9000 : 1500)
  if (state === 'full') await seeAll(page)
  const name = `${route.slice(1).replaceAll('/', '.').replace(/[[\]]/g, '') || 'overview'}-${state}`
  const made = await shots(page, name, state === 'full')
  await page.close()
  return made
}

function indexOf(made) {
  const images = (files) =>
    files
      .map((file) => `<a href="${file}"><img loading="lazy" src="${file}" alt="${file}" title="${file}"></a>`)
      .join('')
  const parts = made.map(({ route, state, files }) => `<h2>${route} · ${state}</h2><div>${images(files)}</div>`)
  const style = 'body{font:14px sans-serif;background:#777}div{display:flex;gap:8px;align-items:start}img{height:320px}'
  return `<!doctype html><meta charset="utf-8"><title>Screens</title><style>${style}</style>${parts.join('')}`
}

/** What is wanted of a page in a state: whose page it is, and at which address; null when it cannot be opened so. */
function wanted(sights, state, route) {
  const sight = sights[state === 'empty' ? 'empty' : state === 'limited' ? 'limited' : 'full']
  const address = filled(route, sight.ids)
  return address.includes('[]')
    ? null
    : { context: sight.context, address: sight.path(address === '/.' ? '' : address) }
}

async function sightOf(browser, email) {
  const context = await browser.newContext({ baseURL })
  const entered = await enter(context, email)
  return { context, ...entered, ids: await idsOf(entered) }
}

async function bareSight(browser) {
  const context = await browser.newContext({ baseURL })
  return { context, ids: {}, ...(await found(context, { name: 'Southwind' })) }
}

const browser = await playwright.launch({
  executablePath: await chromium.executablePath(),
  args: ['--headless', '--no-sandbox', '--disable-gpu'],
})
const baseURL = new URL(process.env.DASHBOARD_URL).origin
const now = new Date()
try {
  await rm(out, { recursive: true, force: true })
  const full = await sightOf(browser, process.env.OWNER_EMAIL)
  const viewer = await enterAsViewer(browser, full)
  const sights = { full, limited: viewer, empty: states.includes('empty') ? await bareSight(browser) : null }
  const made = []
  for (const route of await routes()) {
    for (const state of states) {
      const page = wanted(sights, state, route)
      if (page) made.push({ route, state, files: await shoot(page.context, state, route, page.address) })
    }
    console.log(route)
  }
  for (const [name, below] of Object.entries(await peculiarPages(full))) {
    if (only && !only.some((each) => name.includes(each))) continue
    const files = await shoot(full.context, 'full', `/${name.replaceAll(' ', '-')}`, full.path(below))
    made.push({ route: name, state: 'full', files })
    console.log(name)
  }
  await writeFile(join(out, 'index.html'), indexOf(made))
  console.log(`${made.length} pages and states: ${join(out, 'index.html')}`)
} finally {
  await browser.close()
}

/** The same things, as somebody who may only look; what they may not even read has no id to ask for. */
async function enterAsViewer(browser, { ids }) {
  const context = await browser.newContext({ baseURL })
  const domain = process.env.OWNER_EMAIL.split('@')[1]
  return { context, ...(await enter(context, `viewer@${domain}`)), ids }
}
