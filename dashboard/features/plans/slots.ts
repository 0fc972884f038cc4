import { formatDecimal, parseTyped } from '@/lib/decimal'
import type { Definition, Model, Price } from './definition'
import type { Usage } from './simulation'

/** One quantity of the calculator: of a charge, or of one value of its matrix. */
export type Slot = {
  key: string
  label: string
  metric: string
  model: Model
  group: Record<string, string> | null
  price: Price
}

const OTHER = 'another value'

export function slotsOf(definition: Definition): Slot[] {
  return (definition.charges ?? [])
    .filter(({ metric }) => metric)
    .flatMap((charge): Slot[] => {
      const { metric, model, matrix } = charge
      const label = charge.name || metric
      if (!matrix) return [{ key: metric, label, metric, model, group: null, price: charge }]
      const named = [...(matrix.values ?? []), { ...matrix.default, value: OTHER }]
      return named.map((price) => ({
        key: `${metric} ${price.value}`,
        label: `${label}, ${price.value || '""'}`,
        metric,
        model,
        group: { [matrix.property]: price.value },
        price,
      }))
    })
}

/** What stands in a slot's field; before anything was typed, a quantity that shows what lies above what is included. */
export function quantityOf(slot: Slot, typed: Readonly<Record<string, string>>): string {
  return typed[slot.key] ?? formatDecimal(suggested(slot.price))
}

function suggested({ includedUnits, tiers }: Price): string {
  const included = BigInt(String(includedUnits ?? '0').split('.')[0] ?? '0')
  const end = tiers?.find(({ upTo }) => upTo != null)?.upTo
  const first = BigInt(String(end ?? '0').split('.')[0] ?? '0')
  const base = included + first
  return (base === 0n ? 1000n : base + base / 5n).toString()
}

/** The usage that the fields say, or what is wrong with one of them. */
export function usageOf(
  slots: readonly Slot[],
  typed: Readonly<Record<string, string>>,
): { usage: Usage[]; wrong: Map<string, string> } {
  const wrong = new Map<string, string>()
  const usage = slots.map((slot) => {
    const quantity = parseTyped(quantityOf(slot, typed))
    if (quantity === null) wrong.set(slot.key, 'Type a number such as 12,000.')
    return { metric: slot.metric, group: slot.group, quantity: quantity ?? '0' }
  })
  return { usage, wrong }
}
