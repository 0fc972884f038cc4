'use client'

import { useMemo, useState } from 'react'
import { Panel } from '@/components/panel'
import { Skeleton } from '@/components/skeleton'
import { problemOf } from '@/lib/api/problem'
import { formatDecimal } from '@/lib/decimal'
import { formatAmount, formatMoney } from '@/lib/money'
import type { Definition } from './definition'
import { perUnit } from './per-unit'
import { PriceChart } from './price-chart'
import { QuantityField } from './quantity-field'
import { useSimulation } from './simulation'
import { quantityOf, slotsOf, usageOf } from './slots'
import { type SimulatedLine, stepWords } from './step-words'

type Props = {
  currency: string
  definition: Definition
  /** Why the definition cannot be priced as it stands; the last result stays, in grey. */
  reason?: string | null
}

/** What a period would cost: quantities in, the API's lines and steps in words out. Nothing is priced here. */
export function Calculator({ currency, definition, reason = null }: Props) {
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({})
  const slots = useMemo(() => slotsOf(definition), [definition])
  const { usage, wrong } = usageOf(slots, typed)
  const priced = reason === null && wrong.size === 0 ? definition : null
  const { shown, old, error } = useSimulation(currency, priced, [usage])
  const invoice = shown?.data[0]
  const why = reason ?? (error && priced ? problemOf(error).detail : null)
  const single = slots.length === 1 ? perUnitOf(invoice, shown?.usages[0]?.[0]?.quantity) : null
  return (
    <Panel title="Calculator">
      <div className="flex flex-col gap-4">
        {slots.map((slot) => (
          <QuantityField
            key={slot.key}
            slot={slot}
            value={quantityOf(slot, typed)}
            wrong={wrong.get(slot.key)}
            onChange={(value) => setTyped({ ...typed, [slot.key]: value })}
          />
        ))}
        {why && (
          <p role="status" className="text-warning">
            Not calculated: {why}
          </p>
        )}
        {invoice ? (
          <div className={old ? 'opacity-60' : ''}>
            <Lines lines={invoice.lines} />
            <p className="numeral mt-2 flex justify-between border-t border-border-strong pt-2 text-panel">
              <span>Total</span>
              <output aria-live="polite" data-testid="total">
                {formatMoney(invoice.total)}
              </output>
            </p>
            {single && (
              <p className="numeral flex justify-between text-text-2">
                <span>All in, per unit</span>
                <span>
                  ≈ {formatDecimal(single)} {currency}
                </span>
              </p>
            )}
          </div>
        ) : (
          !why && <Skeleton rows={3} label="Calculating" />
        )}
        <PriceChart
          currency={currency}
          definition={priced}
          slots={slots}
          usage={usage}
          total={invoice && !old ? invoice.total : null}
        />
      </div>
    </Panel>
  )
}

type Invoice = NonNullable<ReturnType<typeof useSimulation>['shown']>['data'][number]

function perUnitOf(invoice: Invoice | undefined, quantity: unknown): string | null {
  return invoice && typeof quantity === 'string' ? perUnit(invoice.total, quantity) : null
}

function Lines({ lines }: { lines: readonly SimulatedLine[] }) {
  if (lines.length === 0) return <p className="text-text-2">No lines: nothing is owed.</p>
  return (
    <ul className="flex flex-col gap-2">
      {lines.map((line) => (
        <li key={`${line.kind} ${line.metric} ${JSON.stringify(line.group)}`} className="numeral">
          <p className="flex justify-between gap-3">
            <span>
              {line.kind === 'base' ? 'Base price' : line.description}
              {Object.entries(line.group ?? {}).map(([name, value]) => (
                <span key={name} className="code ml-2 rounded bg-neutral-bg px-1">
                  {name}={value || '""'}
                </span>
              ))}
            </span>
            <span>{formatAmount(line.amount)}</span>
          </p>
          {stepWords(line).map((words) => (
            <p key={words} className="text-text-2">
              {words}
            </p>
          ))}
        </li>
      ))}
    </ul>
  )
}
