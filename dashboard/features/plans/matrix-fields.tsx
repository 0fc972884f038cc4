'use client'

import { Button } from '@/components/button'
import { Cell } from './cell'
import { Choice } from './choice'
import { type ChargeTyped, copyPrice, nextKey } from './definition'
import { useEditor } from './editor-context'
import { PriceFields } from './price-fields'

type Props = {
  pointer: string
  charge: ChargeTyped
  /** The metric's group-by keys. */
  keys: readonly string[]
  onChange: (charge: ChargeTyped) => void
}

/** A price for each value of a key, and one for all other values. */
export function MatrixFields({ pointer, charge, keys, onChange }: Props) {
  const { readOnly } = useEditor()
  const { matrix, model } = charge
  if (!matrix) return null
  const known = keys.includes(matrix.property) || !matrix.property ? keys : [matrix.property, ...keys]
  const change = (values: typeof matrix.values) => onChange({ ...charge, matrix: { ...matrix, values } })
  return (
    <div className="flex flex-col gap-3">
      <div className="max-w-60">
        <Choice
          pointer={`${pointer}/matrix/property`}
          label="Priced by"
          value={matrix.property}
          onChange={(property) => onChange({ ...charge, matrix: { ...matrix, property } })}
        >
          <option value="">Choose a key</option>
          {known.map((key) => (
            <option key={key}>{key}</option>
          ))}
        </Choice>
      </div>
      {matrix.values.map((each, at) => (
        <fieldset key={each.key} className="flex min-w-0 flex-col gap-3 rounded-control border border-border p-3">
          <legend className="sr-only">Value {at + 1}</legend>
          <div className="flex items-end gap-2">
            <div className="w-60 min-w-0">
              <Cell
                pointer={`${pointer}/matrix/values/${at}/value`}
                label={matrix.property || 'Value'}
                numeric={false}
                value={each.value}
                onChange={(value) =>
                  change(matrix.values.map((other) => (other === each ? { ...each, value } : other)))
                }
              />
            </div>
            {!readOnly && (
              <Button kind="quiet" onClick={() => change(matrix.values.filter((other) => other !== each))}>
                Remove value
              </Button>
            )}
          </div>
          <PriceFields
            pointer={`${pointer}/matrix/values/${at}`}
            model={model}
            price={each.price}
            onChange={(price) => change(matrix.values.map((other) => (other === each ? { ...each, price } : other)))}
          />
        </fieldset>
      ))}
      {!readOnly && (
        <div>
          <Button
            onClick={() => change([...matrix.values, { key: nextKey(), value: '', price: copyPrice(charge.price) }])}
          >
            Add value
          </Button>
        </div>
      )}
      <fieldset className="flex min-w-0 flex-col gap-3 rounded-control border border-border p-3">
        <legend className="px-1 font-medium">All other values</legend>
        <PriceFields
          pointer={`${pointer}/matrix/default`}
          model={model}
          price={charge.price}
          onChange={(price) => onChange({ ...charge, price })}
        />
      </fieldset>
    </div>
  )
}
