'use client'

import { useState } from 'react'
import { type ChartPoint, StepChart } from '@/components/charts/step-chart'
import { Skeleton } from '@/components/skeleton'
import { formatDecimal, pixelValue } from '@/lib/decimal'
import { formatMoney, type Money, majorOf } from '@/lib/money'
import { breaksOf, quantitiesOf, topOf } from './chart-points'
import type { Definition } from './definition'
import { perUnit } from './per-unit'
import { type Usage, useSimulation } from './simulation'
import type { Slot } from './slots'

type Props = {
  currency: string
  definition: Definition | null
  slots: readonly Slot[]
  usage: readonly Usage[]
  /** The total for the chosen usage. */
  total: Money | null
}

/** The period's price over the quantity of one charge, the others as chosen: one question to the API for the whole line. */
export function PriceChart({ currency, definition, slots, usage, total }: Props) {
  const [chosen, choose] = useState<string>()
  const [unit, setUnit] = useState(false)
  const at = Math.max(
    0,
    slots.findIndex(({ key }) => key === chosen),
  )
  const slot = slots[at]
  const quantity = usage[at]?.quantity ?? '0'
  const top = slot ? topOf(slot.price, String(quantity)) : '10'
  const breaks = slot ? breaksOf(slot.price, slot.model, top) : []
  const sets = quantitiesOf(breaks, top).map((each) =>
    usage.map((one, index) => (index === at ? { ...one, quantity: each } : one)),
  )
  const { shown, old } = useSimulation(currency, slot ? definition : null, sets)
  if (!slot) return null
  const points = shown ? pointsOf(shown, at, breaks, unit) : []
  const marker = total ? pointOf(String(quantity), total, unit) : null
  const what = unit ? `Price per unit of ${slot.label}` : `Price over ${slot.label}`
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        {slots.length > 1 && (
          <select
            aria-label="Quantity of the chart"
            value={slot.key}
            onChange={(event) => choose(event.target.value)}
            className="h-8 max-w-full rounded-control border border-border-strong bg-surface px-2 max-md:h-11"
          >
            {slots.map(({ key, label }) => (
              <option key={key} value={key}>
                {label}
              </option>
            ))}
          </select>
        )}
        <label className="flex min-h-6 items-center gap-2">
          <input type="checkbox" checked={unit} onChange={(event) => setUnit(event.target.checked)} />
          Price per unit
        </label>
      </div>
      {points.length > 0 ? (
        <StepChart
          name={`${what}, from ${points[0]?.text} to ${points.at(-1)?.text} at ${points.at(-1)?.label}${marker ? `, ${marker.text} at ${marker.label}` : ''}`}
          points={points}
          bounds={breaks
            .filter((each) => each !== '0')
            .map((each) => ({ at: pixelValue(each), label: formatDecimal(each) }))}
          marker={marker}
          heads={['Quantity', unit ? `Per unit, ${currency}` : `Price, ${currency}`]}
          dimmed={old}
        />
      ) : (
        <Skeleton rows={5} label="Loading the chart" />
      )}
    </div>
  )
}

type Shown = NonNullable<ReturnType<typeof useSimulation>['shown']>

function pointsOf({ data, usages }: Shown, slot: number, breaks: readonly string[], unit: boolean): ChartPoint[] {
  const found = data.flatMap(
    ({ total }, index) => pointOf(String(usages[index]?.[slot]?.quantity ?? '0'), total, unit) ?? [],
  )
  const ends = new Set(breaks.map(pixelValue))
  const span = Math.max(...found.map(({ value }) => value)) - Math.min(...found.map(({ value }) => value))
  return found.map((point, index) => {
    const [next, after] = [found[index + 1], found[index + 2]]
    if (!ends.has(point.at) || !next || next.at - point.at > 1) return point
    const slope = after ? (after.value - next.value) / (after.at - next.at) : 0
    return { ...point, jumps: Math.abs(next.value - point.value - slope) > span * 0.004 }
  })
}

function pointOf(quantity: string, total: Money, unit: boolean): ChartPoint | null {
  const label = formatDecimal(quantity)
  if (!unit) {
    return {
      at: pixelValue(quantity),
      value: pixelValue(majorOf(total)),
      label,
      text: formatMoney(total),
      jumps: false,
    }
  }
  const ratio = perUnit(total, quantity)
  if (ratio === null) return null
  const text = `≈ ${formatDecimal(ratio)} ${total.currency}`
  return { at: pixelValue(quantity), value: pixelValue(ratio), label, text, jumps: false }
}
