/** Exact decimals as the API sends them: plain strings such as "12000.5". Nothing here goes through a float. */

const PLAIN = /^-?\d+(\.\d+)?$/

type Exact = { units: bigint; scale: number }

function exactOf(text: string): Exact {
  if (!PLAIN.test(text)) throw new RangeError(`Not a decimal: ${text}`)
  const [whole = '', fraction = ''] = text.split('.')
  return { units: BigInt(whole + fraction), scale: fraction.length }
}

function aligned(a: Exact, b: Exact): [bigint, bigint, number] {
  const scale = Math.max(a.scale, b.scale)
  const raise = (x: Exact) => x.units * 10n ** BigInt(scale - x.scale)
  return [raise(a), raise(b), scale]
}

/** A decimal string of units at a scale: (12050n, 2) is "120.50" with `keepZeros`, else "120.5". */
export function textOf(units: bigint, scale: number, keepZeros = false): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  const fraction = scale === 0 ? '' : digits.slice(digits.length - scale)
  const kept = keepZeros ? fraction : fraction.replace(/0+$/, '')
  return `${units < 0n ? '-' : ''}${whole}${kept ? `.${kept}` : ''}`
}

export function add(a: string, b: string): string {
  const [x, y, scale] = aligned(exactOf(a), exactOf(b))
  return textOf(x + y, scale)
}

export function subtract(a: string, b: string): string {
  const [x, y, scale] = aligned(exactOf(a), exactOf(b))
  return textOf(x - y, scale)
}

/** −1, 0 or 1. */
export function compare(a: string, b: string): number {
  const [x, y] = aligned(exactOf(a), exactOf(b))
  return x < y ? -1 : x > y ? 1 : 0
}

/** Commas between groups of three, a real minus sign, every digit kept: "-12000.50" reads "−12,000.50". */
export function formatDecimal(text: string): string {
  if (!PLAIN.test(text)) throw new RangeError(`Not a decimal: ${text}`)
  const negative = text.startsWith('-')
  const [whole = '', fraction] = text.replace('-', '').split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return `${negative ? '−' : ''}${grouped}${fraction ? `.${fraction}` : ''}`
}

export function formatCount(count: number): string {
  if (!Number.isSafeInteger(count)) throw new RangeError('An integer is too large to be shown exactly')
  return formatDecimal(count.toString())
}

/** A rough position for drawing only; what is printed stays a string. */
export function pixelValue(text: string): number {
  return Number.parseFloat(text)
}

/** What a person typed, as the API's decimal; null when it could be read in two ways or not at all ("1.000,5"). */
export function parseTyped(typed: string): string | null {
  const text = typed.trim().replace('−', '-')
  if (!/^-?(\d+|\d{1,3}(,\d{3})+|\d{1,3}( \d{3})+)(\.\d+)?$/.test(text)) return null
  const { units, scale } = exactOf(text.replace(/[, ]/g, ''))
  return textOf(units, scale)
}
