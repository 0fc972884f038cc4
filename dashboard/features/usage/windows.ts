import type { ChartWindow, Series } from '@/components/charts/scale'
import { subtract } from '@/lib/decimal'
import { formatClock, formatDay, formatInstant } from '@/lib/time'
import { zoneNameAt } from '@/lib/zoned'
import type { Usage, UsageRow } from './queries'

type Window = Pick<UsageRow, 'windowStart' | 'windowEnd'>

const MONTH = (zone: string) => new Intl.DateTimeFormat('en-GB', { month: 'short', year: 'numeric', timeZone: zone })

/** How a window is called in the zone; near a change of the clock with the zone's name. */
export function nameOf({ windowStart, windowEnd }: Window, size: string, zone: string): string {
  if (size === 'day') return formatDay(windowStart, zone)
  if (size === 'month') return MONTH(zone).format(new Date(windowStart))
  const names = [windowStart, windowEnd].map((end) => zoneNameAt(end, zone))
  const near = [-3_600_000, 3_600_000].map((off) =>
    zoneNameAt(new Date(Date.parse(windowStart) + off).toISOString(), zone),
  )
  const changes = [...names, ...near].some((name) => name !== names[0])
  const clock = formatClock(windowEnd, zone).slice(0, 5)
  const [first, last] = names
  if (!changes) return `${formatInstant(windowStart, zone)}–${clock}`
  return `${formatInstant(windowStart, zone)}${first === last ? '' : ` ${first}`}–${clock} ${last}`
}

/** The windows of an answer as a chart names them. What lies after `countedThrough` is not over. */
export function chartWindows(usage: Usage): ChartWindow[] {
  const { windowSize, timeZone: zone, countedThrough } = usage
  return usage.data.map((row) => {
    const label = nameOf(row, windowSize, zone)
    const start = row.windowStart
    const [hour = '', minute = ''] = formatClock(start, zone).split(':')
    const midnight = hour === '00' && minute === '00'
    const day = formatDay(start, zone).split(' ').slice(0, 2).join(' ')
    const short = windowSize === 'quarter_hour' || windowSize === 'hour'
    const tick = windowSize === 'month' ? label : short && !midnight ? `${hour}:${minute}` : day
    return {
      key: start,
      label,
      tick,
      minute: short ? Number.parseInt(hour, 10) * 60 + Number.parseInt(minute, 10) : undefined,
      soFar: Date.parse(row.windowEnd) > Date.parse(countedThrough),
    }
  })
}

/** A value, or null for a window that has not begun. */
function begun(usage: Usage, row: UsageRow): string | null {
  return Date.parse(row.windowStart) > Date.parse(usage.countedThrough) ? null : row.value
}

export function groupKey(group: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(group).sort())
}

/** "model = gpt, user_123": a group in words; an event without the key has the empty value. */
export function groupName(group: Readonly<Record<string, string>>): string {
  const words = Object.entries(group).map(([key, value]) => (key === 'customerId' ? value : value || `no ${key}`))
  return words.join(' · ') || 'All'
}

/** The one series of an answer without groups. */
export function wholeSeries(usage: Usage, name: string): Series[] {
  return [{ key: 'all', name, colour: 'var(--series-1)', values: usage.data.map((row) => begun(usage, row)) }]
}

/**
 * A series for each of the top groups, over the windows of `whole`; and what is left of the whole, where parts add up. A
 * group has no row in a window without its events: nothing where parts add up, a gap where they do not.
 */
export function groupedSeries(whole: Usage, grouped: Usage, top: readonly UsageRow[], adds: boolean): Series[] {
  const values = new Map<string, Map<string, string | null>>()
  for (const row of grouped.data) {
    const key = groupKey(row.group)
    if (!values.has(key)) values.set(key, new Map())
    values.get(key)?.set(row.windowStart, row.value)
  }
  const shown = top.map(({ group }, at): Series => {
    const own = values.get(groupKey(group))
    return {
      key: groupKey(group),
      name: groupName(group),
      colour: `var(--series-${at + 1})`,
      values: whole.data.map(({ windowStart }) => own?.get(windowStart) ?? (adds ? '0' : null)),
    }
  })
  if (!adds || values.size <= top.length) return shown
  const rest = whole.data.map(({ value }, at) =>
    shown.reduce((left, series) => subtract(left, series.values[at] ?? '0'), value ?? '0'),
  )
  return [...shown, { key: 'other', name: 'Other', colour: 'var(--border-strong)', values: rest }]
}

/** The values of the period before, in the order of the windows. */
export function previousValues(usage: Usage): (string | null)[] | undefined {
  if (!usage.previous) return undefined
  const { data } = usage.previous
  return usage.data.map((_, at) => data[at]?.value ?? null)
}
