import type { ChartKind } from '@/components/charts/scale'
import { formatDecimal, textOf } from '@/lib/decimal'

/** Where parts add up to the whole. */
export function addsUp(aggregation: string): boolean {
  return aggregation === 'COUNT' || aggregation === 'SUM'
}

/** Columns where a window has a whole of its own; lines where groups of it do not add up, steps for levels. */
export function kindOf(aggregation: string, grouped: boolean): ChartKind {
  if (addsUp(aggregation) || (aggregation === 'UNIQUE' && !grouped)) return 'columns'
  return ['MAX', 'MIN', 'LATEST'].includes(aggregation) ? 'steps' : 'lines'
}

const TOTALS: Record<string, string> = {
  UNIQUE: 'distinct over the range',
  MAX: 'highest of the range',
  MIN: 'lowest of the range',
  AVG: 'average over the range',
  LATEST: 'latest of the range',
  WEIGHTED_SUM: 'weighted by time over the range',
}

/** What the total of an aggregation is, where it is no sum of windows. */
export function totalKind(aggregation: string): string | null {
  return TOTALS[aggregation] ?? null
}

/** "+31.9 %": a change of the API, such as 0.318681318681, to one digit, half away from zero. */
export function percentOf(change: string): string {
  const negative = change.startsWith('-')
  const [whole = '0', fraction = ''] = change.replace('-', '').split('.')
  const digits = fraction.padEnd(4, '0')
  const tenths = BigInt(whole + digits.slice(0, 3)) + (digits.charAt(3) >= '5' ? 1n : 0n)
  if (tenths === 0n) return '±0.0 %'
  return `${negative ? '−' : '+'}${formatDecimal(textOf(tenths, 1, true))} %`
}
