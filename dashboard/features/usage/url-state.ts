export const RANGES = ['24h', '7d', '30d', 'this-month', 'last-month', 'custom'] as const
export const SIZES = ['quarter_hour', 'hour', 'day', 'month'] as const
export type RangeName = (typeof RANGES)[number]
export type Size = (typeof SIZES)[number]

export type UsageUrl = {
  metric: string | null
  range: RangeName
  /** Of a custom range: instants, or days that begin at midnight. */
  from: string | null
  to: string | null
  windowSize: Size | null
  groupBy: readonly string[]
  customerId: string | null
  /** Values of the metric's keys that are kept, by key. */
  group: Readonly<Record<string, string>>
  compare: boolean
  timeZone: string | null
}

const END = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** What the address says; what is invalid is dropped. */
export function readUsageUrl(given: URLSearchParams): UsageUrl {
  const [from, to] = ['from', 'to'].map((name) => {
    const end = given.get(name)
    return end && END.test(end) && !Number.isNaN(Date.parse(end)) ? end : null
  })
  const asked = RANGES.find((name) => name === given.get('range')) ?? '30d'
  const zone = given.get('timeZone')
  const groups = [...given].filter(([name, value]) => name.startsWith('group.') && value)
  return {
    metric: given.get('metric'),
    range: asked === 'custom' && !(from && to) ? '30d' : asked,
    from: from ?? null,
    to: to ?? null,
    windowSize: SIZES.find((name) => name === given.get('windowSize')) ?? null,
    groupBy: (given.get('groupBy') ?? '').split(',').filter(Boolean),
    customerId: given.get('customerId'),
    group: Object.fromEntries(groups.map(([name, value]) => [name.slice('group.'.length), value])),
    compare: given.get('compare') === 'previous_period',
    timeZone: zone && isZone(zone) ? zone : null,
  }
}
