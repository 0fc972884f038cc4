// Each role signs in: what the sidebar offers, what a page opened by link says, which acts are open and why the others are not;
// and the API refuses every call beyond the role's scopes. Scopes are the session's, calls and theirs those of docs/openapi.json.
import { readFile } from 'node:fs/promises'
import { journey } from './browser.mjs'
import { actingIn, found, invoiced, joined } from './founding.mjs'

/** Pages with the scope that opens each, and their acts with the scope of each; `SUB` and the like are objects of the tenant. */
const PAGES = [
  ['', 'usage:read', []],
  ['/usage', 'usage:read', []],
  ['/events', 'events:read', [['Send event', 'track:write']]],
  ['/events/backfills', 'events:read', [['Open backfill', 'events:write']]],
  ['/metrics', 'metrics:read', [['New metric', 'metrics:write']]],
  ['/metrics/METRIC', 'metrics:read', [['Archive metric', 'metrics:write']]],
  ['/plans', 'plans:read', [['New plan', 'plans:write']]],
  ['/plans/PLAN', 'plans:read', ['Edit name', 'Archive plan', 'Change price'].map((act) => [act, 'plans:write'])],
  ['/customers', 'customers:read', [['New customer', 'customers:write']]],
  [
    '/customers/user_123',
    'customers:read',
    [
      ['Edit customer', 'customers:write'],
      ['Change plan', 'subscriptions:write'],
    ],
  ],
  ['/subscriptions', 'subscriptions:read', [['New subscription', 'subscriptions:write']]],
  [
    '/subscriptions/SUB',
    'subscriptions:read',
    ['Cancel', 'Pause', 'Change plan'].map((act) => [act, 'subscriptions:write']),
  ],
  ['/invoices/INVOICE', 'invoices:read', [['Record payment', 'invoices:write']]],
  ['/billing-runs', 'invoices:read', [['Close due periods now', 'invoices:write']]],
  ['/webhooks', 'webhooks:read', [['Add endpoint', 'webhooks:write']]],
  ['/api-keys', 'keys:read', [['New key', 'keys:write']]],
  ['/members', 'members:read', [['Invite member', 'members:write']]],
  ['/audit-log', 'audit:read', []],
  ['/settings/organization', 'organization:read', [['Save changes', 'organization:write']]],
  ['/settings/danger', 'organization:read', [['Delete organization', 'owner']]],
]
/** What is asked of each role: everything of who may least, of the others what they may and the role before may not. */
const ASKED = {
  VIEWER: PAGES,
  DEVELOPER: PAGES.filter(([address]) =>
    /^.(events|plans.PLAN|invoices.INVOICE|webhooks|api-keys|members)$/.test(address),
  ),
  ADMIN: PAGES.filter(([address]) => /members|danger/.test(address)),
}
const SIDEBAR = {
  VIEWER: 'Get started, Overview, Usage, Events, Metrics, Plans, Customers, Subscriptions, Invoices, Settings',
  DEVELOPER:
    'Get started, Overview, Usage, Events, Metrics, Plans, Customers, Subscriptions, Invoices, Webhooks, API keys, Audit log, Settings',
  ADMIN:
    'Get started, Overview, Usage, Events, Metrics, Plans, Customers, Subscriptions, Invoices, Webhooks, API keys, Members, Audit log, Settings',
}

const demand = (holds, what) => {
  if (!holds) throw new Error(what)
}

await journey('roles', play, { refusals: [403] })

async function play({ page, context, step, accessible }) {
  const tenant = await found(context, { name: 'Northwind' })
  const { id, api, own, path } = tenant
  const invoice = await invoiced(api)
  const { data } = await api('GET', '/api/subscriptions?customerId=user_123')
  const { data: metrics } = await api('GET', '/api/metrics')
  const objects = { SUB: data[0].id, PLAN: data[0].planId, INVOICE: invoice.id, METRIC: metrics[0].id }
  const people = {}
  for (const role of Object.keys(ASKED))
    people[role] = await joined(context, own, { role, name: `Some ${role.toLowerCase()}` })

  for (const [role, { context: theirs, session }] of Object.entries(people)) {
    const { scopes } = session.organizations.find((one) => one.id === id)
    const may = (scope) => scopes.includes(scope) || scopes.includes(scope.replace(':read', ':write'))
    const refused = await refusals(theirs, session, id, may)
    demand(refused > (role === 'ADMIN' ? 1 : 30), `${role} was refused ${refused} calls`)
    await context.clearCookies()
    await context.addCookies(await theirs.cookies())
    for (const [address, scope, acts] of ASKED[role]) {
      const whole = address.replace(/[A-Z]{3,}/, (name) => objects[name])
      await page.goto(path(whole), { waitUntil: 'commit' })
      await see(page, { role, may, scope, acts, address })
    }
    const links = await page.getByRole('navigation', { name: 'Pages' }).getByRole('link').allTextContents()
    demand(links.join(', ') === SIDEBAR[role], `${role} is offered ${links.join(', ')}`)
    await accessible()
    step(`${role} sees what it may, and ${refused} other calls are refused`)
  }
}

/** One page, as somebody of the role: shown or not, and each act open or closed with its reason. */
async function see(page, { role, may, scope, acts, address }) {
  const main = page.locator('#page')
  if (!may(scope)) return main.getByText(`You are ${role === 'VIEWER' ? 'a viewer' : 'a developer'}.`).waitFor()
  await main.getByRole('heading', { level: 1 }).waitFor()
  for (const [name, needed] of acts) {
    const act = main
      .getByRole('button', { name, exact: true })
      .or(main.getByRole('link', { name, exact: true }))
      .first()
    await act.waitFor()
    const closed = (await act.getAttribute('aria-disabled')) === 'true'
    demand(closed === !may(needed), `${address}: “${name}” is ${closed ? 'closed' : 'open'} for ${role}`)
    const reason = (await act.getAttribute('aria-description')) ?? ''
    demand(!closed || /^Only owners/.test(reason), `${address}: “${name}” is closed with “${reason}”`)
  }
}

/** Calls everything that the scopes do not open, which must be refused, and counts that; and reads what they open. */
async function refusals(context, session, organizationId, may) {
  const { paths } = JSON.parse(await readFile('../docs/openapi.json', 'utf8'))
  const call = actingIn(context, session, organizationId)
  let refused = 0
  for (const [pattern, operations] of Object.entries(paths)) {
    for (const [method, { 'x-required-scope': needed }] of Object.entries(operations)) {
      if (!needed) continue
      const open = [needed].flat().join(' ').split(' ').every(may)
      if (open && (method !== 'get' || pattern.includes('{'))) continue
      const address = pattern.replace(/\{\w+\}/g, 'none')
      const answer = await call(method.toUpperCase(), address, method === 'get' ? undefined : {}).catch(String)
      const closed = /^Error: 403 /.test(answer) && answer.includes('insufficient_scope')
      demand(closed === !open, `${method} ${address}, which needs ${needed}: ${JSON.stringify(answer).slice(0, 300)}`)
      refused += closed ? 1 : 0
    }
  }
  return refused
}
