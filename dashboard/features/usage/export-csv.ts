import type { Usage } from './queries'
import { groupKey } from './windows'

/** Text that a spreadsheet would take for a formula gets an apostrophe; quotes are doubled. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\n\r']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

type Row = Usage['data'][number]

/**
 * All rows of an answer: the API's exact strings, instants and zone; the period before where it was asked for. `whole` has
 * every window of both periods.
 */
export function csvOf(pages: readonly Usage[], whole: Usage): string {
  const [first] = pages
  if (!first) return ''
  const keys = first.groupBy
  const compared = first.previous !== null
  const head = ['windowStart', 'windowEnd', 'timeZone', ...keys, 'value', 'eventCount']
  if (compared) head.push('previousValue')
  const lines = pages.flatMap((page) => {
    const before = previousOf(page, whole)
    return page.data.map((row) => {
      const { windowStart, windowEnd, group, value, eventCount } = row
      const told = keys.map((key) => cell(group[key] ?? ''))
      const line = [windowStart, windowEnd, first.timeZone, ...told, value ?? '', String(eventCount)]
      return compared ? [...line, before(row) ?? ''] : line
    })
  })
  return `${[head.map(cell), ...lines].map((line) => line.join(',')).join('\r\n')}\r\n`
}

/** The value of the same group in the window of the same place in the period before. */
export function previousOf(page: Usage, whole: Usage): (row: Row) => string | null {
  const places = (rows: readonly Row[]) => new Map(rows.map(({ windowStart }, at) => [windowStart, at]))
  const [now, before] = [places(whole.data), places(whole.previous?.data ?? [])]
  const key = (at: number | undefined, row: Row) => `${at} ${groupKey(row.group)}`
  const values = new Map((page.previous?.data ?? []).map((row) => [key(before.get(row.windowStart), row), row.value]))
  return (row) => values.get(key(now.get(row.windowStart), row)) ?? null
}
