import { civilDay } from '@/lib/time'
import { addDays, firstOfMonth } from '@/lib/zoned'
import type { RangeName, Size, UsageUrl } from './url-state'

const QUARTER_HOUR = 900_000
const DAY = 86_400_000
const WINDOWS_MAX = 10_000
const DAYS_MAX = 400

/** Half-open; instants, or days that mean midnight in the zone. */
export type Range = { from: string; to: string }

export const RANGE_NAMES: Record<RangeName, string> = {
  '24h': '24 hours',
  '7d': '7 days',
  '30d': '30 days',
  'this-month': 'This month',
  'last-month': 'Last month',
  custom: 'Custom',
}

export const SIZE_NAMES: Record<Size, string> = {
  quarter_hour: 'quarter hour',
  hour: 'hour',
  day: 'day',
  month: 'month',
}

/** What a range of the address means now. Its ends move with the quarter hour or the day, and no finer. */
export function rangeOf(url: Pick<UsageUrl, 'range' | 'from' | 'to'>, zone: string, now: number): Range {
  const today = civilDay(new Date(now).toISOString(), zone)
  switch (url.range) {
    case '24h': {
      const end = Math.ceil(now / QUARTER_HOUR) * QUARTER_HOUR
      return { from: new Date(end - DAY).toISOString(), to: new Date(end).toISOString() }
    }
    case '7d':
      return { from: addDays(today, -6), to: addDays(today, 1) }
    case 'this-month':
      return { from: firstOfMonth(today), to: firstOfMonth(today, 1) }
    case 'last-month':
      return { from: firstOfMonth(today, -1), to: firstOfMonth(today) }
    case 'custom':
      if (url.from && url.to) return { from: url.from, to: url.to }
      break
  }
  return { from: addDays(today, -29), to: addDays(today, 1) }
}

function lengthOf({ from, to }: Range): number {
  return Date.parse(to) - Date.parse(from)
}

/** Why a range cannot be divided so, or null. */
export function reasonAgainst(size: Size, range: Range): string | null {
  const length = lengthOf(range)
  if (length > DAYS_MAX * DAY) return 'At most 400 days.'
  const each = size === 'quarter_hour' ? QUARTER_HOUR : size === 'hour' ? 4 * QUARTER_HOUR : DAY
  return length / each > WINDOWS_MAX ? 'At most 10,000 windows.' : null
}

/** The window of a range that names none. */
export function sizeFor(range: Range): Size {
  const length = lengthOf(range)
  if (length <= DAY / 4) return 'quarter_hour'
  if (length <= 3 * DAY) return 'hour'
  return length <= 100 * DAY ? 'day' : 'month'
}
