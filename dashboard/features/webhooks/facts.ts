import type { Delivery, DeliveryWindow, Endpoint } from './queries'

/** The share of attempts that succeeded, `99.2 %`; a dash where there was none. Never rounded up to 100. */
export function successRate(succeeded: number, failed: number): string {
  const all = succeeded + failed
  if (all === 0) return '–'
  const permille = Math.floor((succeeded * 1000) / all)
  return permille === 1000 ? '100 %' : `${Math.floor(permille / 10)}.${permille % 10} %`
}

/** What was counted in all windows together; the slowest p95 of them, since percentiles do not add up. */
export function totals(windows: readonly DeliveryWindow[]) {
  return windows.reduce(
    (sum, { succeeded, failed, p95Ms }) => ({
      succeeded: sum.succeeded + succeeded,
      failed: sum.failed + failed,
      p95Ms: Math.max(sum.p95Ms, p95Ms),
    }),
    { succeeded: 0, failed: 0, p95Ms: 0 },
  )
}

/** The host of an endpoint, with its port: what is typed to delete it. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url
}

/** Why nothing is sent, as a sentence; null while it is enabled. */
export function whyDisabled({ status, disabledReason }: Pick<Endpoint, 'status' | 'disabledReason'>): string | null {
  if (status === 'enabled') return null
  switch (disabledReason) {
    case 'gone':
      return 'The receiver answered 410 Gone, which asks for no more. What comes is parked.'
    case 'failing':
      return 'Every attempt of a dispatch was used up, and nothing got through for five days. What comes is parked.'
    default:
      return 'Somebody disabled it. What comes is parked until it is enabled.'
  }
}

/** Event types by their first word, in their order: `invoice` → `invoice.created`, `invoice.paid`. */
export function byObject<Kind extends { name: string }>(kinds: readonly Kind[]): [string, Kind[]][] {
  const groups = new Map<string, Kind[]>()
  for (const kind of kinds) {
    const object = kind.name.split('.')[0] ?? kind.name
    groups.set(object, [...(groups.get(object) ?? []), kind])
  }
  return [...groups]
}

/** Lines `Name: value` as headers; the lines that are none come back apart. */
export function readHeaders(text: string): { headers: Record<string, string>; wrong: string[] } {
  const headers: Record<string, string> = {}
  const wrong: string[] = []
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '') continue
    const [, name, value] = /^([^:\s]+)\s*:\s*(.*)$/.exec(line) ?? []
    if (name && value !== undefined) headers[name] = value
    else wrong.push(line)
  }
  return { headers, wrong }
}

/** A body that is JSON, in lines; any other as it came. */
export function formatBody(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body
  }
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

/** The request of a delivery for a shell, without the signature, which is not kept. */
export function curlOf({ url, request }: Pick<Delivery, 'url' | 'request'>): string {
  const headers = Object.entries(request.headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`)
  return [`curl -X POST ${quoted(url)}`, ...headers, `--data-binary ${quoted(request.body ?? '')}`].join(' \\\n  ')
}

const OVERLAP = 24 * 3_600_000

/** Until when the secret before the last rotation signs too; null where there was none, or it is over. */
export function overlapUntil({ createdAt, secretRotatedAt }: Endpoint, now: number): string | null {
  const until = Date.parse(secretRotatedAt) + OVERLAP
  return secretRotatedAt === createdAt || until <= now ? null : new Date(until).toISOString()
}
