// Every page in four states, wide and narrow, light and dark, into tests/screens/out with an index to look through.
// `ONLY=usage,invoices` names the pages that are wanted; `STATES=full,empty,loading,error` the states.
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import chromium from '@sparticuz/chromium'
import { chromium as playwright } from 'playwright-core'
import { found } from '../journeys/founding.mjs'
import { fill, idsOf } from './tenant-data.mjs'

const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } }
const SCHEMES = ['light', 'dark']
const out = fileURLToPath(new URL('./out/', import.meta.url))
const pages = fileURLToPath(new URL('../../app/(app)/o/[organizationId]/', import.meta.url))
const only = process.env.ONLY?.split(',')
const states = (process.env.STATES ?? 'full,empty,loading,error').split(',')

/** The addresses of all pages of an organization, such as `/invoices/[invoiceId]`. */
async function routes() {
  const files = await readdir(pages, { recursive: true })
  const found = files.filter((file) => file.endsWith('page.tsx')).map((file) => `/${relative('.', join(file, '..'))}`)
  return found.sort().filter((route) => !only || only.some((name) => route.includes(name)))
}

/** An event of usage and one of webhooks have parameters of one name. */
const named = (route) => route.replace('/webhooks/events/[eventId]', '/webhooks/events/[webhookEventId]')
const filled = (route, ids) => named(route).replace(/\[(\w+)\]/g, (_, name) => ids[name] ?? '[]')

async function shots(page, name) {
  const made = []
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport)
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.waitForTimeout(120)
      const file = `${name}-${size}-${colorScheme}.png`
      await page.screenshot({ path: join(out, file) })
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

async function shoot(context, state, route, address) {
  const page = await context.newPage()
  await hold(page, state)
  await page.goto(address)
  await page.waitForTimeout(state === 'error' ? 9000 : 1200)
  const name = `${route.slice(1).replaceAll('/', '.').replace(/[[\]]/g, '') || 'overview'}-${state}`
  const made = await shots(page, name)
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

const browser = await playwright.launch({
  executablePath: await chromium.executablePath(),
  args: ['--headless', '--no-sandbox', '--disable-gpu'],
})
try {
  await rm(out, { recursive: true, force: true })
  const baseURL = new URL(process.env.DASHBOARD_URL).origin
  const [full, empty] = [await browser.newContext({ baseURL }), await browser.newContext({ baseURL })]
  const tenant = await found(full, { name: 'Northwind' })
  const bare = await found(empty, { name: 'Southwind' })
  await fill(tenant.api)
  const ids = await idsOf(full, tenant)
  const made = []
  for (const route of await routes()) {
    for (const state of states) {
      const own = state === 'empty' ? bare : tenant
      const address = filled(route, state === 'empty' ? {} : ids)
      if (address.includes('[]')) continue
      const context = state === 'empty' ? empty : full
      made.push({ route, state, files: await shoot(context, state, route, own.path(address === '/.' ? '' : address)) })
    }
    console.log(route)
  }
  await writeFile(join(out, 'index.html'), indexOf(made))
  console.log(`${made.length} pages and states: ${join(out, 'index.html')}`)
} finally {
  await browser.close()
}
