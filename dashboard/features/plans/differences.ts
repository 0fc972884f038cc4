import type { Difference } from '@/components/difference-table'
import type { DefinitionTyped, Model, PriceTyped } from './definition'
import { TAKES } from './definition'
import { fromOf, MODEL_WORDS } from './tiers'

const FIELD_LABELS: Record<string, string> = {
  unitPrice: 'per unit',
  packagePrice: 'price of a package',
  packageSize: 'size of a package',
  percent: 'percent',
  price: 'price',
  includedUnits: 'included units',
  minimumAmount: 'minimum',
  maximumAmount: 'maximum',
}

/** What two definitions say differently, entry by entry, in the order of the second and then the first. */
export function differencesOf(before: DefinitionTyped, after: DefinitionTyped): Difference[] {
  const [was, is] = [entriesOf(before), entriesOf(after)]
  const names = [...new Set([...is.keys(), ...was.keys()])]
  return names
    .map((what) => ({ what, before: was.get(what) ?? null, after: is.get(what) ?? null }))
    .filter((each) => each.before !== each.after)
}

/** A definition as named entries. */
export function entriesOf(definition: DefinitionTyped): Map<string, string> {
  const entries = new Map<string, string>()
  const { interval, intervalCount, basePrice, billing, trialDays } = definition
  entries.set('Interval', intervalCount === '1' ? interval : `${intervalCount} ${interval}s`)
  entries.set('Base price', basePrice)
  entries.set('Base price is billed', billing === 'advance' ? 'in advance' : 'in arrears')
  entries.set('Trial days', trialDays)
  for (const charge of definition.charges) {
    entries.set(`${charge.metric}: name`, charge.name || charge.metric)
    entries.set(`${charge.metric}: model`, MODEL_WORDS[charge.model])
    if (charge.matrix) {
      entries.set(`${charge.metric}: priced by`, charge.matrix.property)
      for (const { value, price } of charge.matrix.values) {
        addPrice(entries, `${charge.metric}, ${value || '""'}`, price, charge.model)
      }
    }
    addPrice(entries, charge.matrix ? `${charge.metric}, other values` : charge.metric, charge.price, charge.model)
  }
  return entries
}

function addPrice(entries: Map<string, string>, of: string, price: PriceTyped, model: Model): void {
  const takes = TAKES[model]
  if (takes === 'tiers') {
    for (const [at, tier] of price.tiers.entries()) {
      const end = at === price.tiers.length - 1 ? 'and above' : `up to ${tier.upTo}`
      const flat = tier.flatPrice ? `, ${tier.flatPrice} flat` : ''
      entries.set(`${of}: tier ${at + 1}`, `${fromOf(price.tiers, at)} ${end}: ${tier.unitPrice || '0'} each${flat}`)
    }
  } else {
    for (const field of takes) entries.set(`${of}: ${FIELD_LABELS[field]}`, price[field])
  }
  for (const field of ['includedUnits', 'minimumAmount', 'maximumAmount'] as const) {
    if (price[field]) entries.set(`${of}: ${FIELD_LABELS[field]}`, price[field])
  }
}
