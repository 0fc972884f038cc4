import { formatDecimal, parseTyped } from '@/lib/decimal'
import { emptyTier, type Model, type PriceTyped, TAKES, type TierTyped } from './definition'

/** The table of tiers as a person edits it. */

/** Where a tier begins, in words: it follows from where the one before ends, so no gap can be typed. */
export function fromOf(tiers: readonly TierTyped[], at: number): string {
  if (at === 0) return '0'
  const before = parseTyped(tiers[at - 1]?.upTo ?? '')
  return before === null ? '…' : `above ${formatDecimal(before)}`
}

/** A row below `at`; what was the last tier now needs an end. */
export function addTier(tiers: readonly TierTyped[], at: number): TierTyped[] {
  return [...tiers.slice(0, at + 1), emptyTier(), ...tiers.slice(at + 1)]
}

/** The table without a row; the last one stays "and above" whatever goes. */
export function removeTier(tiers: readonly TierTyped[], at: number): TierTyped[] {
  const rest = tiers.filter((_, index) => index !== at)
  return rest.length > 0 ? rest : [emptyTier()]
}

const COLUMNS = ['upTo', 'unitPrice', 'flatPrice'] as const
export type TierColumn = (typeof COLUMNS)[number]

/** Cells of a spreadsheet, pasted with their first at `at` and `column`: rows are made where there are none. */
export function pasteTiers(
  tiers: readonly TierTyped[],
  at: number,
  column: TierColumn,
  pasted: string,
): TierTyped[] | null {
  const rows = pasted.replace(/\r/g, '').replace(/\n+$/, '').split('\n')
  if (rows.length === 1 && !pasted.includes('\t')) return null
  const first = COLUMNS.indexOf(column)
  const filled = [...tiers]
  for (const [index, row] of rows.entries()) {
    const tier = { ...(filled[at + index] ?? emptyTier()) }
    for (const [offset, cell] of row.split('\t').entries()) {
      const name = COLUMNS[first + offset]
      if (name) tier[name] = name === 'upTo' && parseTyped(cell) === null ? '' : cell.trim()
    }
    filled[at + index] = tier
  }
  return filled
}

export const MODEL_WORDS: Record<Model, string> = {
  per_unit: 'per unit',
  graduated: 'graduated',
  volume: 'volume',
  package: 'package',
  percentage: 'percentage',
  flat: 'flat',
}

const FIELD_WORDS: Record<string, string> = {
  unitPrice: 'the price per unit',
  packageSize: 'the size of a package',
  packagePrice: 'the price of a package',
  percent: 'the percentage',
  price: 'the price',
}

/** The price under another model: what carries over is kept, and what does not is named. */
export function changeModel(price: PriceTyped, from: Model, to: Model): { price: PriceTyped; dropped: string[] } {
  const [had, takes] = [TAKES[from], TAKES[to]]
  const included = to === 'flat' && price.includedUnits !== ''
  const next = { ...price, includedUnits: included ? '' : price.includedUnits }
  const also = included ? ['the included units'] : []
  if (had === 'tiers') {
    if (takes === 'tiers') return { price: next, dropped: [] }
    const [first] = price.tiers
    const carries = to === 'per_unit' && Boolean(first?.unitPrice)
    if (carries) next.unitPrice = first?.unitPrice ?? ''
    next.tiers = [emptyTier()]
    const said = price.tiers.length > 1 || Boolean(first?.unitPrice || first?.flatPrice)
    if (!said || (carries && price.tiers.length === 1 && !first?.flatPrice)) return { price: next, dropped: also }
    return { price: next, dropped: [carries ? 'the tiers but the first one’s price' : 'the tiers', ...also] }
  }
  const dropped: string[] = [...also]
  for (const field of had) {
    if (takes !== 'tiers' && takes.includes(field)) continue
    if (takes === 'tiers' && field === 'unitPrice') {
      next.tiers = next.tiers.map((tier, at) =>
        at === 0 ? { ...tier, unitPrice: tier.unitPrice || price[field] } : tier,
      )
    } else if (price[field]) {
      dropped.push(FIELD_WORDS[field] ?? field)
    }
    next[field] = ''
  }
  return { price: next, dropped }
}
