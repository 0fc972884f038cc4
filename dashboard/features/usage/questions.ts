import { ROWS_MAX, type UsageQuery } from './queries'
import type { Range } from './range'
import type { Size, UsageUrl } from './url-state'

export type Questions = { whole: UsageQuery; grouped: UsageQuery | null; top: UsageQuery | null }

const GROUPS_DRAWN = 6

/** What is asked for a page: every window; with groups also each group's windows, and which groups are the largest. */
export function questionsOf(url: UsageUrl, metric: string, range: Range, size: Size, zone: string): Questions {
  const filters = Object.fromEntries(Object.entries(url.group).map(([key, value]) => [`group.${key}`, value]))
  const whole: UsageQuery = {
    ...filters,
    metric,
    ...range,
    timeZone: zone,
    windowSize: size,
    limit: ROWS_MAX,
    customerId: url.customerId ?? undefined,
    compare: url.compare ? 'previous_period' : undefined,
  }
  const groupBy = url.groupBy.join(',')
  if (!groupBy) return { whole, grouped: null, top: null }
  return {
    whole,
    grouped: { ...whole, groupBy },
    top: { ...whole, groupBy, windowSize: 'none', order: '-value', limit: GROUPS_DRAWN, compare: undefined },
  }
}
