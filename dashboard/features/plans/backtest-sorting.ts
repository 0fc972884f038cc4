import { textOf } from '@/lib/decimal'
import { type Money, majorOf } from '@/lib/money'
import type { BacktestRow } from './backtest-run'

const size = ({ amountMinor }: Money) => (amountMinor < 0 ? -amountMinor : amountMinor)

/** Those whom the price changes most come first. */
export function byDifference(rows: readonly BacktestRow[]): BacktestRow[] {
  return [...rows].sort(
    (a, b) =>
      size(b.difference) - size(a.difference) ||
      (a.customerId < b.customerId ? -1 : a.customerId > b.customerId ? 1 : 0),
  )
}

/** A difference as a share of what was billed, "12.5 %" with one decimal; null where nothing was billed. */
export function shareOf(difference: Money, billed: Money): string | null {
  if (billed.amountMinor === 0) return null
  const tenths = (BigInt(difference.amountMinor) * 10_000n) / BigInt(billed.amountMinor)
  const rounded = (tenths + (tenths < 0n ? -5n : 5n)) / 10n
  return `${rounded > 0n ? '+' : ''}${textOf(rounded, 1, true).replace('-', '−')} %`
}

/** One line a customer, with the API's exact amounts. A text that a spreadsheet would run is quoted as one. */
export function csvOf(rows: readonly BacktestRow[]): string {
  const cell = (text: string) => {
    const safe = /^[=+\-@]/.test(text) ? `'${text}` : text
    return /[",\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe
  }
  const lines = rows.map(({ customerId, billed, simulated, difference }) =>
    [cell(customerId), majorOf(billed), majorOf(simulated), majorOf(difference), billed.currency].join(','),
  )
  return ['customerId,billed,simulated,difference,currency', ...lines, ''].join('\r\n')
}
