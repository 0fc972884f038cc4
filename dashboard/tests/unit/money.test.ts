import { describe, expect, test } from 'vitest'
import { formatMinor, formatMoney, formatPrice, parseMoney, sharedCurrency, sumsByCurrency } from '@/lib/money'

describe('money', () => {
  test.each([
    [12000, 'USD', '120.00 USD'],
    [-5, 'USD', '−0.05 USD'],
    [1234, 'JPY', '1,234 JPY'],
    [1234567, 'KWD', '1,234.567 KWD'],
    [9007199254740991, 'USD', '90,071,992,547,409.91 USD'],
    [15, 'CLF', '0.0015 CLF'],
  ])('%i minor units of %s read %s', (amountMinor, currency, shown) =>
    expect(formatMoney({ amountMinor, currency })).toBe(shown),
  )

  test('an amount past 2^53 − 1 is refused, not rounded', () => {
    expect(() => formatMoney(JSON.parse('{"amountMinor":9007199254740993,"currency":"USD"}'))).toThrow(RangeError)
  })

  test.each([
    ['120', 'USD', 12000],
    ['1,234.5', 'USD', 123450],
    ['-0.05', 'USD', -5],
    ['0.001', 'KWD', 1],
  ])('typed %s %s is %i minor units', (typed, currency, amountMinor) =>
    expect(parseMoney(typed, currency)).toEqual({ amountMinor, currency }),
  )

  test.each([
    ['1.005', 'USD'],
    ['1.5', 'JPY'],
    ['1.000,5', 'USD'],
    ['90071992547409.92', 'USD'],
  ])('typed %s %s is refused', (typed, currency) => expect(parseMoney(typed, currency)).toBeNull())

  test('sums never cross currencies', () => {
    const amounts = [
      { amountMinor: 1, currency: 'USD' },
      { amountMinor: 2, currency: 'EUR' },
      { amountMinor: 3, currency: 'USD' },
    ]
    expect(sumsByCurrency(amounts).map(formatMoney)).toEqual(['0.04 USD', '0.02 EUR'])
    expect(sharedCurrency(amounts)).toBeNull()
    expect(sharedCurrency(amounts.slice(0, 1))).toBe('USD')
  })
})

test('minor units may come as a text of any length', () => {
  expect(formatMinor('379218', 'EUR')).toBe('3,792.18 EUR')
  expect(formatMinor('188530', 'JPY')).toBe('188,530 JPY')
  expect(formatMinor('90071992547409910000', 'USD')).toBe('900,719,925,474,099,100.00 USD')
})

test('a price has at least the digits of its currency, and all of its own', () => {
  expect(formatPrice('490', 'EUR')).toBe('490.00 EUR')
  expect(formatPrice('0.0004', 'EUR')).toBe('0.0004 EUR')
  expect(formatPrice('125.5', 'KWD')).toBe('125.500 KWD')
  expect(formatPrice('48000', 'JPY')).toBe('48,000 JPY')
})
