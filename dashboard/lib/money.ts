import type { components } from './api/schema'
import { formatDecimal, parseTyped, textOf } from './decimal'

export type Money = components['schemas']['MoneyModel']

const OTHER_EXPONENTS: Record<string, number> = Object.fromEntries(
  (
    [
      [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
      [3, 'BHD IQD JOD KWD LYD OMR TND'],
      [4, 'CLF UYW'],
    ] as const
  ).flatMap(([exponent, codes]) => codes.split(' ').map((code) => [code, exponent])),
)

/** Digits of a currency's minor unit, by ISO 4217. */
export function exponentOf(currency: string): number {
  return OTHER_EXPONENTS[currency] ?? 2
}

/** The exact major amount with all digits of its currency: 12000 of USD is "120.00". Refuses what JSON had to round. */
export function majorOf(money: Money): string {
  if (!Number.isSafeInteger(money.amountMinor)) throw new RangeError('An amount is too large to be shown exactly')
  return textOf(BigInt(money.amountMinor), exponentOf(money.currency), true)
}

/** "1,234.50": for a column whose head names the currency. */
export function formatAmount(money: Money): string {
  return formatDecimal(majorOf(money))
}

/** "1,234.50 USD". */
export function formatMoney(money: Money): string {
  return `${formatAmount(money)} ${money.currency}`
}

/** An amount of minor units that came as a text, however large: "379218" of EUR is "3,792.18 EUR". */
export function formatMinor(minor: string, currency: string): string {
  return `${formatDecimal(textOf(BigInt(minor), exponentOf(currency), true))} ${currency}`
}

/** A price in major units with at least the digits of its currency: "490.00 EUR", "0.0004 EUR". */
export function formatPrice(major: string, currency: string): string {
  const [whole = '', fraction = ''] = major.split('.')
  const digits = fraction.padEnd(exponentOf(currency), '0')
  return `${formatDecimal(digits ? `${whole}.${digits}` : whole)} ${currency}`
}

/** A typed major amount as money; null when it is no amount or has more digits than the currency. */
export function parseMoney(typed: string, currency: string): Money | null {
  const decimal = parseTyped(typed)
  if (decimal === null) return null
  const exponent = exponentOf(currency)
  const [whole = '', fraction = ''] = decimal.split('.')
  if (fraction.length > exponent) return null
  const minor = BigInt(whole + fraction.padEnd(exponent, '0'))
  const amountMinor = Number(minor)
  return Number.isSafeInteger(amountMinor) ? { amountMinor, currency } : null
}

/** Sums by currency, in order of appearance; never across currencies. */
export function sumsByCurrency(amounts: readonly Money[]): Money[] {
  const sums = new Map<string, bigint>()
  for (const { amountMinor, currency } of amounts) {
    sums.set(currency, (sums.get(currency) ?? 0n) + BigInt(amountMinor))
  }
  return [...sums].map(([currency, minor]) => ({ currency, amountMinor: Number(minor) }))
}

/** The currency that all amounts share, or null. */
export function sharedCurrency(amounts: readonly Money[]): string | null {
  const [first, ...others] = amounts
  return first && others.every(({ currency }) => currency === first.currency) ? first.currency : null
}
