// Fails when a page's first-load JavaScript, or the styles, are larger than they may be. Reads what `next build` left.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const KILOBYTE = 1000
const BUDGETS = { shared: 230, page: 270, css: 30 }
const build = new URL('../.next/', import.meta.url)

const read = (path) => readFileSync(new URL(path, build))
const sizes = new Map()

/** Compressed bytes of a file of the build. */
function compressed(path) {
  if (!sizes.has(path)) sizes.set(path, gzipSync(read(path), { level: 9 }).length)
  return sizes.get(path)
}

const sum = (paths) => [...new Set(paths)].reduce((bytes, path) => bytes + compressed(path), 0)

/** The scripts and styles of one page, as the server names them to a browser. */
function partsOf(page) {
  globalThis.__RSC_MANIFEST = {}
  // The manifest is a script of the build that assigns one object.
  new Function(read(`server/app${page}_client-reference-manifest.js`).toString())()
  const { entryJSFiles = {}, entryCSSFiles = {} } = globalThis.__RSC_MANIFEST[page] ?? {}
  const above = ([entry]) => !/\/(error|not-found|global-error)$/.test(entry)
  const scripts = Object.entries(entryJSFiles).filter(above)
  return {
    scripts: scripts.flatMap(([, files]) => files),
    layouts: scripts.filter(([entry]) => !entry.endsWith('/page')).flatMap(([, files]) => files),
    styles: Object.values(entryCSSFiles).flatMap((files) => files.map(({ path }) => path)),
  }
}

const { rootMainFiles } = JSON.parse(read('build-manifest.json'))
const pages = Object.keys(JSON.parse(read('server/app-paths-manifest.json'))).filter((page) => page.endsWith('/page'))
const rows = pages
  .map((page) => ({ page, ...partsOf(page) }))
  .filter(({ scripts }) => scripts.length > 0)
  .map(({ page, scripts, layouts, styles }) => ({
    page,
    whole: sum([...rootMainFiles, ...scripts]),
    shared: sum([...rootMainFiles, ...layouts]),
    css: sum(styles),
  }))
if (rows.length < 10) throw new Error(`Only ${rows.length} pages were found: the build looks other than it did`)

const shown = (bytes) => `${(bytes / KILOBYTE).toFixed(1).padStart(6)} KB`
const tooLarge = []
for (const { page, whole, shared, css } of rows.sort((a, b) => b.whole - a.whole)) {
  console.log(`${shown(whole)}  ${page.replace(/\([^)]*\)\//g, '').replace(/\/page$/, '') || '/'}`)
  if (whole > BUDGETS.page * KILOBYTE) tooLarge.push(`${page} has ${shown(whole)} of at most ${BUDGETS.page}`)
  if (shared > BUDGETS.shared * KILOBYTE)
    tooLarge.push(`what ${page} shares has ${shown(shared)} of at most ${BUDGETS.shared}`)
  if (css > BUDGETS.css * KILOBYTE) tooLarge.push(`the styles of ${page} have ${shown(css)} of at most ${BUDGETS.css}`)
}
const most = (name) => Math.max(...rows.map((row) => row[name]))
console.log(`${shown(most('shared'))}  shared by the pages of an organization`)
console.log(`${shown(most('css'))}  styles`)
for (const told of tooLarge) console.error(`over its budget: ${told}`)
if (tooLarge.length > 0) process.exit(1)
console.log('every page is within its budget')
