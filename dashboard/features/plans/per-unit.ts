import { textOf } from '@/lib/decimal'
import { exponentOf, type Money } from '@/lib/money'

const DIGITS = 12

/** An amount divided by a quantity, cut to six significant digits; null for no quantity. It is shown with ≈, never billed. */
export function perUnit({ amountMinor, currency }: Money, quantity: string): string | null {
  const [whole = '', fraction = ''] = quantity.split('.')
  const units = BigInt(whole + fraction)
  if (units <= 0n) return null
  const raised = BigInt(amountMinor) * 10n ** BigInt(DIGITS + fraction.length)
  const scale = DIGITS + exponentOf(currency)
  const exact = raised / units
  const excess = Math.max(0, exact.toString().length - 6)
  const keep = 10n ** BigInt(Math.min(excess, scale))
  return textOf((exact / keep) * keep, scale)
}
