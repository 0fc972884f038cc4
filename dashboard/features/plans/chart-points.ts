import { add, compare, pixelValue } from '@/lib/decimal'
import type { Model, Price } from './definition'

/** At which quantities a price is asked for, to draw it over quantity. */

const SETS_MAX = 64
const BETWEEN = 20

/** Quantities where the price bends or jumps: the included units, each tier's end behind them, each package. */
export function breaksOf(price: Price, model: Model, top: string): string[] {
  const included = String(price.includedUnits ?? '0')
  const breaks = [included]
  for (const { upTo } of price.tiers ?? []) if (upTo != null) breaks.push(add(included, String(upTo)))
  const size = String(price.packageSize ?? '0')
  if (model === 'package' && compare(size, '0') > 0) {
    for (let end = add(included, size); compare(end, top) < 0 && breaks.length < BETWEEN; end = add(end, size)) {
      breaks.push(end)
    }
  }
  return breaks.filter((at) => compare(at, '0') >= 0)
}

/** The right end: a round number at or above 1.5 times the last bound and 1.25 times what was chosen. */
export function topOf(price: Price, chosen: string): string {
  const included = pixelValue(String(price.includedUnits ?? '0'))
  const ends = (price.tiers ?? []).map(({ upTo }) => included + pixelValue(String(upTo ?? '0')))
  const packages = included + 3 * pixelValue(String(price.packageSize ?? '0'))
  return roundAbove(Math.max(10, 1.5 * Math.max(included, ...ends, packages), 1.25 * pixelValue(chosen)))
}

/** 1, 1.5, 2, 3, 4, 5, 6 or 8 times a power of ten, as a plain integer. */
function roundAbove(value: number): string {
  const exponent = Math.max(1, Math.floor(Math.log10(value)))
  for (const first of [10n, 15n, 20n, 30n, 40n, 50n, 60n, 80n, 100n]) {
    const candidate = first * 10n ** BigInt(exponent - 1)
    if (Number(candidate) >= value) return candidate.toString()
  }
  return (10n ** BigInt(exponent + 1)).toString()
}

/** The quantities of one call, ascending: zero, breaks, one unit past each, points between, the end; at most 64. */
export function quantitiesOf(breaks: readonly string[], top: string): string[] {
  const even = Array.from({ length: BETWEEN }, (_, at) => ((BigInt(top) * BigInt(at)) / BigInt(BETWEEN)).toString())
  const wanted = [
    ...breaks.slice(0, (SETS_MAX - BETWEEN - 2) / 2).flatMap((at) => [at, add(at, '1')]),
    top,
    '0',
    ...even,
  ]
  const inside = wanted.filter((at) => compare(at, top) <= 0)
  return [...new Set(inside)].sort(compare).slice(0, SETS_MAX)
}
