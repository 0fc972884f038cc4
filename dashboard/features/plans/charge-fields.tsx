'use client'

import { useState } from 'react'
import { Button } from '@/components/button'
import type { Metric } from '@/features/metrics/queries'
import { Cell } from './cell'
import { Choice } from './choice'
import { type ChargeTyped, type Model, TAKES } from './definition'
import { useEditor } from './editor-context'
import { MatrixFields } from './matrix-fields'
import { PriceFields } from './price-fields'
import { changeModel, MODEL_WORDS } from './tiers'

const MODEL_HELP: Record<Model, string> = {
  per_unit: 'Each unit costs the same.',
  graduated: 'Each tier’s units cost its price.',
  volume: 'All units cost the price of the tier that the quantity falls in.',
  package: 'Units are sold in packages; a begun one is paid whole.',
  percentage: 'A share of the quantity, which is an amount of money.',
  flat: 'One price a period, however much is used.',
}

type Props = {
  pointer: string
  charge: ChargeTyped
  metrics: readonly Metric[]
  onChange: (charge: ChargeTyped) => void
  onRemove: () => void
}

/** One charge: a metric, a model, and its price or a price for each value of a key. */
export function ChargeFields({ pointer, charge, metrics, onChange, onRemove }: Props) {
  const { readOnly } = useEditor()
  const [dropped, setDropped] = useState<readonly string[]>([])
  const metric = metrics.find(({ code }) => code === charge.metric)
  const chooseMetric = (code: string) => {
    const own = charge.name === '' || charge.name === metric?.name || charge.name === charge.metric
    const name = own ? (metrics.find((each) => each.code === code)?.name ?? '') : charge.name
    onChange({ ...charge, metric: code, name, matrix: null })
  }
  const choose = (model: Model) => {
    const here = changeModel(charge.price, charge.model, model)
    const values =
      charge.matrix?.values.map((each) => ({ each, ...changeModel(each.price, charge.model, model) })) ?? []
    setDropped([...new Set([...here.dropped, ...values.flatMap((value) => value.dropped)])])
    const matrix = charge.matrix && {
      ...charge.matrix,
      values: values.map(({ each, price }) => ({ ...each, price })),
    }
    onChange({ ...charge, model, price: here.price, matrix })
  }
  return (
    <fieldset className="flex min-w-0 flex-col gap-3 border-t border-border p-4">
      <legend className="sr-only">{charge.name || charge.metric || 'New charge'}</legend>
      <div className="grid items-start gap-3 sm:grid-cols-3">
        <Choice pointer={`${pointer}/metric`} label="Metric" value={charge.metric} onChange={chooseMetric}>
          <option value="">Choose a metric</option>
          {charge.metric && !metric && <option>{charge.metric}</option>}
          {metrics.map(({ id, code, name }) => (
            <option key={id} value={code}>
              {name} ({code})
            </option>
          ))}
        </Choice>
        <Choice
          pointer={`${pointer}/model`}
          label="Model"
          value={charge.model}
          onChange={(model) => choose(model as Model)}
        >
          {(Object.keys(TAKES) as Model[]).map((model) => (
            <option key={model} value={model}>
              {MODEL_WORDS[model]}
            </option>
          ))}
        </Choice>
        <Cell
          pointer={`${pointer}/name`}
          label="Name on invoices"
          numeric={false}
          placeholder={charge.metric}
          value={charge.name}
          onChange={(name) => onChange({ ...charge, name })}
        />
      </div>
      <p className="text-text-2">
        {MODEL_HELP[charge.model]}
        {dropped.length > 0 && (
          <span role="status" className="text-warning">
            {' '}
            Dropped: {dropped.join(', ')}.
          </span>
        )}
      </p>
      {charge.matrix ? (
        <MatrixFields pointer={pointer} charge={charge} keys={metric?.groupBy ?? []} onChange={onChange} />
      ) : (
        <PriceFields
          pointer={pointer}
          model={charge.model}
          price={charge.price}
          onChange={(price) => onChange({ ...charge, price })}
        />
      )}
      {!readOnly && (
        <div className="flex flex-wrap gap-2">
          {charge.matrix ? (
            <Button kind="quiet" onClick={() => onChange({ ...charge, matrix: null })}>
              One price for all values
            </Button>
          ) : (
            (metric?.groupBy?.length ?? 0) > 0 && (
              <Button
                kind="quiet"
                onClick={() => onChange({ ...charge, matrix: { property: metric?.groupBy?.[0] ?? '', values: [] } })}
              >
                Price by value
              </Button>
            )
          )}
          <Button kind="quiet" onClick={onRemove}>
            Remove charge
          </Button>
        </div>
      )}
    </fieldset>
  )
}
