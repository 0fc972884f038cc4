import type { components } from '@/lib/api/schema'
import { compare, formatDecimal, parseTyped } from '@/lib/decimal'
import { formatAmount, type Money, parseMoney } from '@/lib/money'

/** What stands in the editor's fields, as it was typed, and its way to and from the API's definition. */

export type Definition = components['schemas']['DefinitionInput']
export type Price = components['schemas']['PriceInput']
export type Model = components['schemas']['ChargeInput']['model']
export type Interval = Definition['interval']

export type TierTyped = { key: string; upTo: string; unitPrice: string; flatPrice: string }
export type PriceTyped = {
  unitPrice: string
  packageSize: string
  packagePrice: string
  percent: string
  price: string
  includedUnits: string
  minimumAmount: string
  maximumAmount: string
  tiers: TierTyped[]
}
export type ValueTyped = { key: string; value: string; price: PriceTyped }
export type ChargeTyped = {
  key: string
  metric: string
  name: string
  model: Model
  /** The price; of all other values where there is a matrix. */
  price: PriceTyped
  matrix: { property: string; values: ValueTyped[] } | null
}
export type DefinitionTyped = {
  interval: Interval
  intervalCount: string
  basePrice: string
  billing: 'advance' | 'arrears'
  trialDays: string
  charges: ChargeTyped[]
}

/** What each model's price says beside included units and bounds. */
export const TAKES: Record<Model, readonly (keyof Omit<PriceTyped, 'tiers'>)[] | 'tiers'> = {
  per_unit: ['unitPrice'],
  graduated: 'tiers',
  volume: 'tiers',
  package: ['packagePrice', 'packageSize'],
  percentage: ['percent'],
  flat: ['price'],
}

let made = 0
/** An identity for a row of the editor. */
export function nextKey(): string {
  made += 1
  return `row-${made}`
}

export function emptyTier(): TierTyped {
  return { key: nextKey(), upTo: '', unitPrice: '', flatPrice: '' }
}

export function emptyPrice(): PriceTyped {
  const words = { unitPrice: '', packageSize: '', packagePrice: '', percent: '', price: '', includedUnits: '' }
  return { ...words, minimumAmount: '', maximumAmount: '', tiers: [emptyTier()] }
}

/** The same price for another value. */
export function copyPrice(price: PriceTyped): PriceTyped {
  return { ...price, tiers: price.tiers.map((tier) => ({ ...tier, key: nextKey() })) }
}

export function emptyCharge(metric = '', name = ''): ChargeTyped {
  return { key: nextKey(), metric, name, model: 'per_unit', price: emptyPrice(), matrix: null }
}

type Sent = string | number | null | undefined
const shown = (sent: Sent) => (sent === null || sent === undefined ? '' : formatDecimal(String(sent)))
const unlessZero = (sent: Sent) => (shown(sent) === '0' ? '' : shown(sent))
const shownMoney = (sent: Money | null | undefined) => (sent ? formatAmount(sent) : '')

function typedPrice(price: Price | components['schemas']['PriceBody']): PriceTyped {
  return {
    unitPrice: shown(price.unitPrice),
    packageSize: shown(price.packageSize),
    packagePrice: shown(price.packagePrice),
    percent: shown(price.percent),
    price: shown(price.price),
    includedUnits: unlessZero(price.includedUnits),
    minimumAmount: shownMoney(price.minimumAmount),
    maximumAmount: shownMoney(price.maximumAmount),
    tiers: price.tiers?.length
      ? price.tiers.map(({ upTo, unitPrice, flatPrice }) => ({
          key: nextKey(),
          upTo: shown(upTo),
          unitPrice: shown(unitPrice),
          flatPrice: unlessZero(flatPrice),
        }))
      : [emptyTier()],
  }
}

type Known = Definition | components['schemas']['VersionBody']

/** A draft or a published version as it stands in the fields. */
export function typedOf(definition: Known): DefinitionTyped {
  return {
    interval: definition.interval,
    intervalCount: String(definition.intervalCount ?? 1),
    basePrice: shown(definition.basePrice ?? '0'),
    billing: definition.billing ?? 'arrears',
    trialDays: String(definition.trialDays ?? 0),
    charges: (definition.charges ?? []).map((charge) => ({
      key: nextKey(),
      metric: charge.metric,
      name: charge.name ?? '',
      model: charge.model as Model,
      price: typedPrice(charge.matrix?.default ?? charge),
      matrix: charge.matrix
        ? {
            property: charge.matrix.property,
            values: (charge.matrix.values ?? []).map((each) => ({
              key: nextKey(),
              value: each.value,
              price: typedPrice(each),
            })),
          }
        : null,
    })),
  }
}

export type Errors = Map<string, string>
export const NUMBER_SENTENCE = 'Type a number such as 1,000.50: a point for decimals, commas between groups of three.'

/** Reads the fields; `errors` names what cannot be read by the JSON pointer that the API would name. */
export function readDefinition(typed: DefinitionTyped, currency: string): { definition: Definition; errors: Errors } {
  const errors: Errors = new Map()
  const definition: Definition = {
    interval: typed.interval,
    intervalCount: readInteger(typed.intervalCount, 1, 12, '/intervalCount', errors),
    basePrice: readNumber(typed.basePrice, '/basePrice', errors, '0') ?? '0',
    billing: typed.billing,
    trialDays: readInteger(typed.trialDays, 0, 730, '/trialDays', errors),
    charges: typed.charges.map((charge, at) => readCharge(charge, currency, `/charges/${at}`, errors)),
  }
  return { definition, errors }
}

function readCharge(charge: ChargeTyped, currency: string, pointer: string, errors: Errors) {
  const { metric, model, name, matrix } = charge
  if (!metric) errors.set(`${pointer}/metric`, 'Choose a metric.')
  const named = { metric, model, ...(name.trim() ? { name: name.trim() } : {}) }
  if (!matrix) return { ...named, ...readPrice(charge.price, model, currency, pointer, errors) }
  if (!matrix.property)
    errors.set(`${pointer}/matrix/property`, 'Choose the key whose values have prices of their own.')
  return {
    ...named,
    matrix: {
      property: matrix.property,
      values: matrix.values.map(({ value, price }, at) => {
        const here = `${pointer}/matrix/values/${at}`
        if (matrix.values.findIndex((other) => other.value === value) < at)
          errors.set(`${here}/value`, 'Each value once.')
        return { value, ...readPrice(price, model, currency, here, errors) }
      }),
      default: readPrice(charge.price, model, currency, `${pointer}/matrix/default`, errors),
    },
  }
}

/** One price of a model. */
export function readPrice(typed: PriceTyped, model: Model, currency: string, pointer: string, errors: Errors): Price {
  // A flat price does not look at the quantity.
  const included = model === 'flat' ? '' : typed.includedUnits
  const price: Price = { includedUnits: readNumber(included, `${pointer}/includedUnits`, errors, '0') ?? '0' }
  for (const bound of ['minimumAmount', 'maximumAmount'] as const) {
    if (!typed[bound].trim()) continue
    const money = parseMoney(typed[bound], currency)
    if (money) price[bound] = money
    else errors.set(`${pointer}/${bound}`, `Type an amount in ${currency}, such as ${exampleOf(currency)}.`)
  }
  const takes = TAKES[model]
  if (takes === 'tiers') price.tiers = readTiers(typed.tiers, `${pointer}/tiers`, errors)
  else for (const field of takes) price[field as 'unitPrice'] = readNumber(typed[field], `${pointer}/${field}`, errors)
  return price
}

function exampleOf(currency: string): string {
  return formatAmount({ amountMinor: 100_000, currency })
}

function readTiers(tiers: readonly TierTyped[], pointer: string, errors: Errors): NonNullable<Price['tiers']> {
  let below = '0'
  return tiers.map((tier, at) => {
    const here = `${pointer}/${at}`
    const unitPrice = readNumber(tier.unitPrice, `${here}/unitPrice`, errors, '0') ?? '0'
    if (!tier.unitPrice.trim() && !tier.flatPrice.trim())
      errors.set(`${here}/unitPrice`, 'A price per unit or a flat one.')
    const flatPrice = readNumber(tier.flatPrice, `${here}/flatPrice`, errors, '0') ?? '0'
    if (at === tiers.length - 1) return { upTo: null, unitPrice, flatPrice }
    const upTo = readNumber(tier.upTo, `${here}/upTo`, errors) ?? null
    if (upTo !== null) {
      if (compare(upTo, below) <= 0) errors.set(`${here}/upTo`, endSentence(at, below))
      else below = upTo
    }
    return { upTo, unitPrice, flatPrice }
  })
}

function endSentence(at: number, below: string): string {
  if (at === 0) return 'Tier 1 must end above 0.'
  return `Tier ${at + 1} must end above ${formatDecimal(below)}, where tier ${at} ends.`
}

function readNumber(typed: string, pointer: string, errors: Errors, unset?: string): string | undefined {
  if (!typed.trim()) {
    if (unset === undefined) errors.set(pointer, 'A number belongs here.')
    return unset
  }
  const decimal = parseTyped(typed)
  if (decimal === null) errors.set(pointer, NUMBER_SENTENCE)
  else if (decimal.startsWith('-')) errors.set(pointer, 'Must not be negative.')
  return decimal ?? undefined
}

function readInteger(typed: string, least: number, most: number, pointer: string, errors: Errors): number {
  const decimal = parseTyped(typed.trim() || String(least))
  const value = decimal !== null && /^\d{1,4}$/.test(decimal) ? Number.parseInt(decimal, 10) : Number.NaN
  if (value >= least && value <= most) return value
  errors.set(pointer, `A whole number from ${least} to ${most}.`)
  return least
}
