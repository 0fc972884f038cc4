import { describe, expect, test } from 'vitest'
import { civilDay, formatInstant, formatPeriod, formatRecent, formatSpan, formatUtc } from '@/lib/time'

describe('times', () => {
  test('an instant is shown in the zone that is named', () => {
    expect(formatInstant('2026-11-22T13:05:12Z', 'Europe/Berlin')).toBe('22 Nov 2026, 14:05')
    expect(formatInstant('2026-09-01T00:00:00Z', 'UTC', true)).toBe('1 Sep 2026, 00:00:00')
  })

  test('a half-open period reads as its civil days', () => {
    expect(formatPeriod('2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z', 'UTC')).toBe('1 Nov – 30 Nov 2026')
    expect(formatPeriod('2026-11-01T00:00:00Z', '2026-11-01T00:00:00Z', 'UTC')).toBe('1 Nov 2026')
    expect(formatPeriod('2026-12-15T00:00:00Z', '2027-01-15T00:00:00Z', 'UTC')).toBe('15 Dec 2026 – 14 Jan 2027')
    expect(formatPeriod('2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z', 'Europe/Berlin')).toBe('25 Oct 2026')
  })

  test('a period that is cut within a day shows its instants', () => {
    expect(formatPeriod('2026-11-01T00:00:00Z', '2026-11-10T10:15:00Z', 'UTC')).toBe(
      '1 Nov 2026, 00:00 – 10 Nov 2026, 10:15',
    )
  })

  test('what is younger than an hour is told by its age', () => {
    const now = Date.parse('2026-11-22T14:00:00Z')
    expect(formatRecent('2026-11-22T13:57:00Z', now)).toBe('3 min ago')
    expect(formatRecent('2026-11-22T13:00:00Z', now)).toBeNull()
    expect(formatRecent('2026-11-22T14:01:00Z', now)).toBeNull()
  })

  test('spans, days and UTC', () => {
    expect(formatSpan(7_805_000)).toBe('2 h 10 m')
    expect(civilDay('2026-11-22T23:30:00Z', 'Europe/Berlin')).toBe('2026-11-23')
    expect(formatUtc('2026-11-22T13:05:12.345Z')).toBe('2026-11-22 13:05:12.345 UTC')
  })
})
