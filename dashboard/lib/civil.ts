/** Civil times of a zone, as fields hold them (`2026-11-22` or `2026-11-22T14:05`), and the instants that they name. */

const CIVIL = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2}))?$/

/** The offset of a zone from UTC at an instant, in milliseconds. */
function offsetAt(instant: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(new Date(instant))
  const read = (type: string) => Number.parseInt(parts.find((part) => part.type === type)?.value ?? '0', 10)
  const civil = Date.UTC(read('year'), read('month') - 1, read('day'), read('hour'), read('minute'), read('second'))
  return civil - Math.floor(instant / 1000) * 1000
}

/** The instant of a civil time in a zone as RFC 3339; a day is its midnight; null when it is none. */
export function instantOf(civil: string, timeZone: string): string | null {
  const found = CIVIL.exec(civil.trim())
  if (!found) return null
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = found
    .slice(1)
    .map((part) => Number.parseInt(part ?? '0', 10))
  const wall = Date.UTC(year, month - 1, day, hour, minute)
  if (month > 12 || new Date(wall).getUTCDate() !== day || hour > 23 || minute > 59) return null
  // Where clocks change, the offset of the first guess may be the other one.
  const guess = wall - offsetAt(wall, timeZone)
  return new Date(wall - offsetAt(guess, timeZone)).toISOString().replace('.000Z', 'Z')
}

const QUARTER = 15 * 60_000

/** The quarter hour of UTC in which an instant lies: where what cuts a period is moved to. */
export function quarterHourOf(iso: string): string {
  return new Date(Math.floor(Date.parse(iso) / QUARTER) * QUARTER).toISOString().replace('.000Z', 'Z')
}

/** The end of that quarter hour; where one ends and the next begins, that moment itself. */
export function quarterHourEnd(iso: string): string {
  return new Date(Math.ceil(Date.parse(iso) / QUARTER) * QUARTER).toISOString().replace('.000Z', 'Z')
}

/** The civil first day of a month, `months` from the one of `iso` in a zone. */
export function firstOfMonth(iso: string, timeZone: string, months: number): string {
  const at = new Date(Date.parse(iso) + offsetAt(Date.parse(iso), timeZone))
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + months, 1)).toISOString().slice(0, 10)
}
