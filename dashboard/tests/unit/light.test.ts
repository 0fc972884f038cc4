import { expect, test } from 'vitest'
import { lightOf } from '@/features/pipeline/light'
import type { Run } from '@/features/pipeline/queries'

const AT = Date.parse('2026-11-27T12:00:00Z')
const counting = (countedThrough: string | null) => ({
  countedThrough,
  eventsPerSecond: '0',
  counted: 0,
  answeredAt: AT,
})
const known = { counting: counting('2026-11-27T11:59:58Z'), run: undefined, unreachable: false }
const run = (status: string) => ({ status }) as Run

test('green while all that came is counted', () => {
  expect(lightOf(known).tone).toBe('success')
  expect(lightOf({ ...known, counting: counting(null), run: run('completed') }).tone).toBe('success')
})

test('amber when counting is more than a minute behind, or a run waits', () => {
  expect(lightOf({ ...known, counting: counting('2026-11-27T11:58:59Z') })).toEqual({
    tone: 'warning',
    word: 'Counting is behind',
  })
  expect(lightOf({ ...known, run: run('waiting') }).tone).toBe('warning')
})

test('red when a run failed, or a part does not answer', () => {
  expect(lightOf({ ...known, run: run('failed') }).tone).toBe('danger')
  expect(lightOf({ ...known, unreachable: true }).word).toBe('A part is not reachable')
})
