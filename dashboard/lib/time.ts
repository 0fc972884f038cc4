/** Times are RFC 3339 strings of the API; they are shown in a named zone. */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const

type Civil = { year: number; month: number; day: number; hour: string; minute: string; second: string }

const formatters = new Map<string, Intl.DateTimeFormat>()

function civil(instant: Date, timeZone: string): Civil {
  let formatter = formatters.get(timeZone)
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
    formatters.set(timeZone, formatter)
  }
  const part: Record<string, string> = {}
  for (const { type, value } of formatter.formatToParts(instant)) part[type] = value
  const integer = (name: string) => Number.parseInt(part[name] ?? '', 10)
  return {
    year: integer('year'),
    month: integer('month'),
    day: integer('day'),
    hour: part.hour ?? '',
    minute: part.minute ?? '',
    second: part.second ?? '',
  }
}

function dayText({ day, month, year }: Civil, withYear = true): string {
  return `${day} ${MONTHS[month - 1]}${withYear ? ` ${year}` : ''}`
}

/** `22 Nov 2026, 14:05`, with seconds on demand. */
export function formatInstant(iso: string, timeZone: string, seconds = false): string {
  const at = civil(new Date(iso), timeZone)
  return `${dayText(at)}, ${at.hour}:${at.minute}${seconds ? `:${at.second}` : ''}`
}

export function formatDay(iso: string, timeZone: string): string {
  return dayText(civil(new Date(iso), timeZone))
}

/** `14:05:12`. */
export function formatClock(iso: string, timeZone: string): string {
  const at = civil(new Date(iso), timeZone)
  return `${at.hour}:${at.minute}:${at.second}`
}

/** A half-open period as civil days, `1 Nov – 30 Nov 2026`, one without length as its day; where it does not begin and end at midnight, with times. */
export function formatPeriod(start: string, end: string, timeZone: string): string {
  const from = civil(new Date(start), timeZone)
  const until = civil(new Date(end), timeZone)
  const midnight = (at: Civil) => at.hour === '00' && at.minute === '00' && at.second === '00'
  if (!midnight(from) || !midnight(until)) return `${formatInstant(start, timeZone)} – ${formatInstant(end, timeZone)}`
  if (start === end) return dayText(from)
  const last = civil(new Date(Date.parse(end) - 1), timeZone)
  if (from.year === last.year && from.month === last.month && from.day === last.day) return dayText(from)
  return `${dayText(from, from.year !== last.year)} – ${dayText(last)}`
}

/** `3 min ago` under an hour, else null: then the instant is shown. */
export function formatRecent(iso: string, now: number): string | null {
  const seconds = Math.floor((now - Date.parse(iso)) / 1000)
  if (seconds < 0 || seconds >= 3600) return null
  if (seconds < 5) return 'just now'
  return seconds < 60 ? `${seconds} s ago` : `${Math.floor(seconds / 60)} min ago`
}

/** `2026-11-22 14:05:12.345 UTC`. */
export function formatUtc(iso: string): string {
  return `${new Date(iso).toISOString().replace('T', ' ').replace('Z', '')} UTC`
}

/** `2 h 10 m`, two units at most. */
export function formatSpan(milliseconds: number): string {
  const units: [string, number][] = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ]
  let rest = Math.abs(milliseconds)
  const words: string[] = []
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0 && words.length < 2) words.push(`${count} ${unit}`)
  }
  return words.join(' ') || '0 s'
}

/** The civil day of an instant in a zone, as `2026-11-22`. */
export function civilDay(iso: string, timeZone: string): string {
  const { year, month, day } = civil(new Date(iso), timeZone)
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}
