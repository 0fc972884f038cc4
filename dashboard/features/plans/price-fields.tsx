'use client'

import { Cell } from './cell'
import { type Model, type PriceTyped, TAKES } from './definition'
import { useEditor } from './editor-context'
import { TierTable } from './tier-table'

type Props = { pointer: string; model: Model; price: PriceTyped; onChange: (price: PriceTyped) => void }

/** The fields of one price: what its model takes, included units, and bounds. */
export function PriceFields({ pointer, model, price, onChange }: Props) {
  const { currency } = useEditor()
  const labels: Record<string, string> = {
    unitPrice: `Price per unit, ${currency}`,
    packagePrice: `Price of a package, ${currency}`,
    packageSize: 'Units in a package',
    percent: 'Percent of the quantity',
    price: `Price a period, ${currency}`,
    includedUnits: 'Included units',
    minimumAmount: `At least, ${currency}`,
    maximumAmount: `At most, ${currency}`,
  }
  const takes = TAKES[model]
  const fields = [
    ...(takes === 'tiers' ? [] : takes),
    ...(model === 'flat' ? [] : (['includedUnits'] as const)),
    'minimumAmount' as const,
    'maximumAmount' as const,
  ]
  return (
    <div className="flex flex-col gap-3">
      {takes === 'tiers' && (
        <TierTable
          pointer={`${pointer}/tiers`}
          tiers={price.tiers}
          onChange={(tiers) => onChange({ ...price, tiers })}
        />
      )}
      <div className="grid grid-cols-2 items-start gap-3 sm:grid-cols-[repeat(auto-fill,minmax(150px,1fr))]">
        {fields.map((field) => (
          <Cell
            key={field}
            pointer={`${pointer}/${field}`}
            label={labels[field] ?? field}
            value={price[field]}
            onChange={(typed) => onChange({ ...price, [field]: typed })}
          />
        ))}
      </div>
    </div>
  )
}
