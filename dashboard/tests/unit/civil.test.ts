import { describe, expect, test } from 'vitest'
import { firstOfMonth, instantOf, quarterHourEnd, quarterHourOf } from '@/lib/civil'

describe('civil times', () => {
  test.each([
    ['2026-11-22', 'UTC', '2026-11-22T00:00:00Z'],
    ['2026-11-22T14:05', 'Europe/Berlin', '2026-11-22T13:05:00Z'],
    ['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00:00Z'],
    ['2026-03-29T12:00', 'Europe/Berlin', '2026-03-29T10:00:00Z'],
    ['2026-10-25T12:00', 'Europe/Berlin', '2026-10-25T11:00:00Z'],
    ['2026-11-01', 'America/New_York', '2026-11-01T04:00:00Z'],
    ['2026-11-02', 'America/New_York', '2026-11-02T05:00:00Z'],
  ])('%s in %s is %s', (civil, zone, instant) => expect(instantOf(civil, zone)).toBe(instant))

  test.each(['', '2026-02-30', '2026-13-01', '22 Nov', '2026-11-22T24:00'])('%s is none', (civil) =>
    expect(instantOf(civil, 'UTC')).toBeNull(),
  )

  test('an instant moves to the beginning of its quarter hour', () =>
    expect(quarterHourOf('2026-11-22T14:29:59.9Z')).toBe('2026-11-22T14:15:00Z'))

  test.each([
    ['2026-11-22T14:07:00Z', '2026-11-22T14:15:00Z'],
    ['2026-11-22T14:15:00Z', '2026-11-22T14:15:00Z'],
  ])('what ends at %s ends with its quarter hour, %s', (at, end) => expect(quarterHourEnd(at)).toBe(end))

  test('months are those of the zone', () => {
    expect(firstOfMonth('2026-11-30T23:30:00Z', 'Europe/Berlin', 0)).toBe('2026-12-01')
    expect(firstOfMonth('2026-01-15T00:00:00Z', 'UTC', -3)).toBe('2025-10-01')
  })
})
