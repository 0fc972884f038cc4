/** Civil times of a zone and the instants they name. Days are `2026-11-22`, civil times `2026-11-22T14:05`. */
import { civilDay, formatClock } from './time'

const MINUTE = 60_000

export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

/** The first day of the month `months` away from that of a day. */
export function firstOfMonth(day: string, months = 0): string {
  const [year = 0, month = 1] = day.split('-').map((part) => Number.parseInt(part, 10))
  return new Date(Date.UTC(year, month - 1 + months, 1)).toISOString().slice(0, 10)
}

/** The civil time of an instant, to the minute. */
export function civilTime(iso: string, timeZone: string): string {
  return `${civilDay(iso, timeZone)}T${formatClock(iso, timeZone).slice(0, 5)}`
}

/** The zone's name at an instant, such as CEST. */
export function zoneNameAt(iso: string, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone, timeZoneName: 'short' }).formatToParts(new Date(iso))
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? timeZone
}

/**
 * The instant of a civil time: the earlier one where a clock set back shows it twice, the same distance after the gap where a
 * clock set forward leaves it out. Null for what is no civil time.
 */
export function instantOfCivil(civil: string, timeZone: string): string | null {
  const wanted = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2})?$/.test(civil)
    ? Date.parse(`${civil.includes('T') ? civil : `${civil}T00:00`}:00Z`)
    : Number.NaN
  if (Number.isNaN(wanted)) return null
  const offset = (at: number) => {
    const shown = Date.parse(`${civilTime(new Date(at).toISOString(), timeZone)}:00Z`)
    return shown - Math.floor(at / MINUTE) * MINUTE
  }
  const day = 86_400_000
  const candidates = [wanted - offset(wanted - day), wanted - offset(wanted + day)]
  const exact = candidates.filter((at) => at + offset(at) === wanted)
  const instant = exact.length > 0 ? Math.min(...exact) : Math.max(...candidates)
  return new Date(instant).toISOString()
}
