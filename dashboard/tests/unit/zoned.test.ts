import { expect, test } from 'vitest'
import { addDays, civilTime, firstOfMonth, instantOfCivil, zoneNameAt } from '@/lib/zoned'

test('days and months are counted on the calendar', () => {
  expect(addDays('2026-02-28', 1)).toBe('2026-03-01')
  expect(addDays('2026-01-01', -1)).toBe('2025-12-31')
  expect(firstOfMonth('2026-01-31', -1)).toBe('2025-12-01')
  expect(firstOfMonth('2026-12-31', 1)).toBe('2027-01-01')
})

test.each([
  ['2026-11-22T14:05', '2026-11-22T13:05:00.000Z'],
  ['2026-07-22', '2026-07-21T22:00:00.000Z'],
  // Shown twice: the earlier one.
  ['2026-10-25T02:30', '2026-10-25T00:30:00.000Z'],
  ['2026-10-25T03:00', '2026-10-25T02:00:00.000Z'],
  ['2026-10-25', '2026-10-24T22:00:00.000Z'],
  // Left out: as far after the gap.
  ['2026-03-29T02:30', '2026-03-29T01:30:00.000Z'],
  ['2026-03-29', '2026-03-28T23:00:00.000Z'],
  ['2026-03-30', '2026-03-29T22:00:00.000Z'],
])('%s in Berlin is %s', (civil, instant) => {
  expect(instantOfCivil(civil, 'Europe/Berlin')).toBe(instant)
})

test('what is no civil time names no instant', () => {
  expect(instantOfCivil('22 Nov', 'UTC')).toBeNull()
  expect(instantOfCivil('2026-13-22', 'UTC')).toBeNull()
})

test('an instant is shown in its zone', () => {
  expect(civilTime('2026-10-25T01:30:00Z', 'Europe/Berlin')).toBe('2026-10-25T02:30')
  expect(zoneNameAt('2026-10-25T00:30:00Z', 'Europe/Berlin')).toBe('CEST')
  expect(zoneNameAt('2026-10-25T01:30:00Z', 'Europe/Berlin')).toBe('CET')
})
