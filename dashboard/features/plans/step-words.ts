import type { components } from '@/lib/api/schema'
import { add, compare, formatDecimal } from '@/lib/decimal'
import { formatAmount, majorOf } from '@/lib/money'

export type SimulatedLine = components['schemas']['SimulatedLine']
type Step = components['schemas']['StepBody']

/** The API's steps in words: "12,000 − 10,000 included = 2,000 × 0.01 = 20.00". Nothing is computed here but what is compared. */
export function stepWords(line: SimulatedLine): string[] {
  const { quantity, includedUnits, billableUnits, amount } = line
  const steps = line.steps ?? []
  if (!quantity) return []
  const withIncluded = includedUnits && compare(includedUnits, '0') !== 0 && line.model !== 'flat'
  const start = withIncluded
    ? `${formatDecimal(quantity)} − ${formatDecimal(includedUnits)} included = ${formatDecimal(billableUnits ?? '0')}`
    : null
  const words: string[] = []
  const [only, ...others] = steps
  if (!only) words.push(start ?? `${formatDecimal(quantity)} units cost nothing`)
  else if (others.length === 0) {
    const exact = compare(only.amount, majorOf(amount)) === 0
    const end = exact ? formatAmount(amount) : formatDecimal(only.amount)
    const joins = start !== null && only.units === billableUnits && line.model !== 'package'
    words.push(`${joins ? start : prefixed(start, only, line.model)}${times(only)} = ${end}`)
  } else {
    if (start) words.push(start)
    for (const step of steps) words.push(`${formatDecimal(step.units)}${times(step)} = ${formatDecimal(step.amount)}`)
  }
  return [...words, ...ending(line, steps)]
}

function prefixed(start: string | null, { units }: Step, model: SimulatedLine['model']): string {
  const word = model === 'package' ? ` ${units === '1' ? 'package' : 'packages'}` : ''
  return `${start ? `${start}; ` : ''}${formatDecimal(units)}${word}`
}

function times({ unitPrice, flatPrice }: Step): string {
  if (unitPrice === null) return ' units at a flat price'
  return ` × ${formatDecimal(unitPrice)}${flatPrice === null ? '' : ` + ${formatDecimal(flatPrice)} flat`}`
}

/** What the bounds and the rounding made of the sum of the steps. */
function ending({ amount, unrounded }: SimulatedLine, steps: readonly Step[]): string[] {
  const sum = steps.reduce((total, step) => add(total, step.amount), '0')
  const words: string[] = []
  const exact = unrounded ?? majorOf(amount)
  const bound = compare(exact, sum)
  if (bound > 0) words.push(`At least ${formatDecimal(exact)}`)
  if (bound < 0) words.push(`At most ${formatDecimal(exact)}`)
  if (compare(exact, majorOf(amount)) !== 0) words.push(`${formatDecimal(exact)} is rounded to ${formatAmount(amount)}`)
  return words
}
