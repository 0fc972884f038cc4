import { describe, expect, test } from 'vitest'
import { add, compare, formatCount, formatDecimal, parseTyped } from '@/lib/decimal'

describe('decimals', () => {
  test.each([
    ['12000', '12,000'],
    ['0.000123', '0.000123'],
    ['-1234567.50', '−1,234,567.50'],
    ['99999999999999999999.123456789012', '99,999,999,999,999,999,999.123456789012'],
  ])('%s reads %s with every digit', (given, shown) => expect(formatDecimal(given)).toBe(shown))

  test('sums are exact where floats are not', () => {
    expect(add('0.1', '0.2')).toBe('0.3')
    expect(add('9007199254740993', '0.000000000001')).toBe('9007199254740993.000000000001')
    expect(add('1.5', '-1.5')).toBe('0')
  })

  test('comparison does not depend on how many zeros were written', () => {
    expect(compare('1.10', '1.1')).toBe(0)
    expect(compare('-2', '1')).toBe(-1)
  })

  test.each([
    ['1,000.50', '1000.5'],
    ['1 000', '1000'],
    ['−3', '-3'],
    [' 7 ', '7'],
  ])('typed %s is read as %s', (typed, decimal) => expect(parseTyped(typed)).toBe(decimal))

  test.each(['1.000,5', '1,00', '1e3', '', 'ten', '1.', '.5'])('typed %s is refused, not guessed', (typed) =>
    expect(parseTyped(typed)).toBeNull(),
  )

  test('a count that JSON had to round is refused', () => {
    expect(formatCount(12000)).toBe('12,000')
    expect(() => formatCount(2 ** 53)).toThrow(RangeError)
  })
})
