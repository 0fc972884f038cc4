import { expect, test } from 'vitest'
import { csvOf } from '@/features/usage/export-csv'
import type { Usage } from '@/features/usage/queries'
import { rangeOf, reasonAgainst, sizeFor } from '@/features/usage/range'
import { readUsageUrl } from '@/features/usage/url-state'
import { chartWindows, groupedSeries } from '@/features/usage/windows'
import { kindOf, percentOf } from '@/features/usage/words'

const row = (start: string, end: string, group: Record<string, string>, value: string | null) => ({
  windowStart: `2026-10-25T${start}:00Z`,
  windowEnd: `2026-10-25T${end}:00Z`,
  group,
  value,
  eventCount: 1,
})

const answer = (data: Usage['data'], groupBy: string[] = []): Usage => ({
  metric: 'TOKENS',
  aggregation: 'SUM',
  from: '2026-10-25T00:00:00Z',
  to: '2026-10-25T02:00:00Z',
  windowSize: 'hour',
  timeZone: 'Europe/Berlin',
  groupBy,
  data,
  total: { value: '10', eventCount: 3 },
  previous: null,
  change: null,
  countedThrough: '2026-10-25T01:30:00Z',
  nextCursor: null,
})

const whole = answer([row('00:00', '01:00', {}, '7'), row('01:00', '02:00', {}, '3')])

test.each([
  ['0.318681318681', '+31.9 %'],
  ['-0.5', '−50.0 %'],
  ['12.3456', '+1,234.6 %'],
  ['0.0004', '±0.0 %'],
  ['-0.0005', '−0.1 %'],
])('a change of %s reads %s', (change, text) => {
  expect(percentOf(change)).toBe(text)
})

test('ranges are civil days of the zone, and move no faster than a quarter hour', () => {
  const now = Date.parse('2026-11-27T23:50:10Z')
  const of = (range: string) => rangeOf(readUsageUrl(new URLSearchParams({ range })), 'Europe/Berlin', now)
  expect(of('7d')).toEqual({ from: '2026-11-22', to: '2026-11-29' })
  expect(of('this-month')).toEqual({ from: '2026-11-01', to: '2026-12-01' })
  expect(of('last-month')).toEqual({ from: '2026-10-01', to: '2026-11-01' })
  expect(of('24h')).toEqual({ from: '2026-11-27T00:00:00.000Z', to: '2026-11-28T00:00:00.000Z' })
})

test('windows that would be too many are not offered', () => {
  const year = { from: '2026-01-01', to: '2026-12-31' }
  expect(reasonAgainst('quarter_hour', year)).toBe('At most 10,000 windows.')
  expect(reasonAgainst('hour', year)).toBeNull()
  expect(reasonAgainst('day', { from: '2025-01-01', to: '2026-12-31' })).toBe('At most 400 days.')
  expect(sizeFor(year)).toBe('month')
})

test('what is invalid in the address is dropped', () => {
  const url = readUsageUrl(
    new URLSearchParams('range=custom&from=yesterday&windowSize=week&timeZone=Mars&group.model=gpt'),
  )
  expect(url).toMatchObject({ range: '30d', from: null, windowSize: null, timeZone: null, group: { model: 'gpt' } })
})

test('an hour that is shown twice bears the name of its zone, and the one that runs is so far', () => {
  const [first, second] = chartWindows(whole)
  expect(first?.label).toBe('25 Oct 2026, 02:00 CEST–02:00 CET')
  expect(second?.label).toBe('25 Oct 2026, 02:00–03:00 CET')
  expect([first?.soFar, second?.soFar]).toEqual([false, true])
})

test('what the top groups leave of the whole is told where parts add up, and only there', () => {
  const models = [row('00:00', '01:00', { model: 'gpt' }, '4'), row('00:00', '01:00', { model: 'phi' }, '3')]
  const grouped = answer(models, ['model'])
  const top = models.slice(0, 1)
  expect(groupedSeries(whole, grouped, top, true).map(({ name, values }) => [name, values])).toEqual([
    ['gpt', ['4', '0']],
    ['Other', ['3', '3']],
  ])
  expect(groupedSeries(whole, grouped, top, false).map(({ name, values }) => [name, values])).toEqual([
    ['gpt', ['4', null]],
  ])
  expect([kindOf('SUM', true), kindOf('UNIQUE', false), kindOf('UNIQUE', true), kindOf('MAX', false)]).toEqual([
    'columns',
    'columns',
    'lines',
    'steps',
  ])
})

test('the file has exact strings, and no cell that a spreadsheet would compute', () => {
  const grouped = answer(
    [row('00:00', '01:00', { model: '=1+1' }, '0.000000000001'), row('01:00', '02:00', { model: 'a,"b"' }, null)],
    ['model'],
  )
  expect(csvOf([grouped], whole).split('\r\n')).toEqual([
    'windowStart,windowEnd,timeZone,model,value,eventCount',
    `2026-10-25T00:00:00Z,2026-10-25T01:00:00Z,Europe/Berlin,"'=1+1",0.000000000001,1`,
    '2026-10-25T01:00:00Z,2026-10-25T02:00:00Z,Europe/Berlin,"a,""b""",,1',
    '',
  ])
})
