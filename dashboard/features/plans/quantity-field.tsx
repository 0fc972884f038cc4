'use client'

import { useId } from 'react'
import { formatDecimal, parseTyped, pixelValue } from '@/lib/decimal'
import { topOf } from './chart-points'
import type { Slot } from './slots'

const STEPS = 1000

type Props = { slot: Slot; value: string; wrong?: string; onChange: (typed: string) => void }

/** A quantity as a field and as a slider that is logarithmic, so that ten and a million are both near. */
export function QuantityField({ slot, value, wrong, onChange }: Props) {
  const id = useId()
  const span = Math.log10(Math.max(pixelValue(topOf(slot.price, '0')) * 2, 10_000))
  const typed = parseTyped(value)
  const position = typed === null ? 0 : Math.round((Math.log10(Math.max(0, pixelValue(typed)) + 1) / span) * STEPS)
  const slide = (at: number) => onChange(formatDecimal(rounded(10 ** ((at / STEPS) * span) - 1)))
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="font-medium">
        Quantity of {slot.label}
      </label>
      <div className="flex items-center gap-3">
        <input
          id={id}
          inputMode="decimal"
          autoComplete="off"
          value={value}
          aria-invalid={wrong ? true : undefined}
          aria-describedby={wrong ? `${id}-error` : undefined}
          onChange={(event) => onChange(event.target.value)}
          onBlur={() => typed !== null && onChange(formatDecimal(typed))}
          className={`numeral h-8 w-36 rounded-control border bg-surface px-2.5 text-right max-md:h-11 max-md:text-[16px] ${wrong ? 'border-danger' : 'border-border-strong'}`}
        />
        <input
          type="range"
          min={0}
          max={STEPS}
          value={Math.min(STEPS, position)}
          aria-label={`Quantity of ${slot.label}, slider`}
          aria-valuetext={value}
          onChange={(event) => slide(event.target.valueAsNumber)}
          className="h-6 min-w-0 flex-1 accent-accent"
        />
      </div>
      {wrong && (
        <p id={`${id}-error`} className="text-caption text-danger">
          {wrong}
        </p>
      )}
    </div>
  )
}

/** Three significant digits, as a plain integer. */
function rounded(value: number): string {
  return BigInt(Math.max(0, Math.round(Number(value.toPrecision(3))))).toString()
}
