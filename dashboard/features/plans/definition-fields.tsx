'use client'

import Link from 'next/link'
import { Button } from '@/components/button'
import { Panel } from '@/components/panel'
import { useMetrics } from '@/features/metrics/queries'
import { useOrganization } from '@/features/session/organization'
import { Cell } from './cell'
import { ChargeFields } from './charge-fields'
import { Choice } from './choice'
import { type DefinitionTyped, emptyCharge, type Interval } from './definition'
import { useEditor } from './editor-context'

const INTERVALS: readonly Interval[] = ['day', 'week', 'month', 'quarter', 'year']

type Props = { typed: DefinitionTyped; onChange: (typed: DefinitionTyped) => void }

/** All fields of a definition: the base price and the charges. */
export function DefinitionFields({ typed, onChange }: Props) {
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <BaseFields typed={typed} onChange={onChange} />
      <Charges typed={typed} onChange={onChange} />
    </div>
  )
}

function BaseFields({ typed, onChange }: Props) {
  const { currency } = useEditor()
  const set = (changes: Partial<DefinitionTyped>) => onChange({ ...typed, ...changes })
  return (
    <Panel title="Base">
      <div className="grid grid-cols-2 items-start gap-3 sm:grid-cols-3">
        <Cell
          pointer="/basePrice"
          label={`Base price, ${currency}`}
          value={typed.basePrice}
          onChange={(basePrice) => set({ basePrice })}
        />
        <Cell
          pointer="/intervalCount"
          label="Every"
          inputMode="numeric"
          value={typed.intervalCount}
          onChange={(intervalCount) => set({ intervalCount })}
        />
        <Choice
          pointer="/interval"
          label="Interval"
          value={typed.interval}
          onChange={(interval) => set({ interval: interval as Interval })}
        >
          {INTERVALS.map((interval) => (
            <option key={interval}>{interval}</option>
          ))}
        </Choice>
        <Choice
          pointer="/billing"
          label="Base price is billed"
          value={typed.billing}
          onChange={(billing) => set({ billing: billing as DefinitionTyped['billing'] })}
        >
          <option value="arrears">in arrears</option>
          <option value="advance">in advance</option>
        </Choice>
        <Cell
          pointer="/trialDays"
          label="Trial days"
          inputMode="numeric"
          value={typed.trialDays}
          onChange={(trialDays) => set({ trialDays })}
        />
      </div>
    </Panel>
  )
}

function Charges({ typed, onChange }: Props) {
  const { path } = useOrganization()
  const { readOnly } = useEditor()
  const metrics = useMetrics({ status: 'active' }, 200)
  const { charges } = typed
  const free = metrics.rows?.find(({ code }) => charges.every(({ metric }) => metric !== code))
  return (
    <Panel title="Charges" flush>
      {charges.length === 0 && <p className="px-4 pb-4 text-text-2">No charges: the base price is all of it.</p>}
      {charges.map((charge, at) => (
        <ChargeFields
          key={charge.key}
          pointer={`/charges/${at}`}
          charge={charge}
          metrics={metrics.rows ?? []}
          onChange={(changed) =>
            onChange({ ...typed, charges: charges.map((each, index) => (index === at ? changed : each)) })
          }
          onRemove={() => onChange({ ...typed, charges: charges.filter((_, index) => index !== at) })}
        />
      ))}
      {!readOnly && (
        <div className="border-t border-border p-4">
          {metrics.rows?.length === 0 ? (
            <p>
              A charge is the price of a metric, and there is none yet.{' '}
              <Link className="link" href={path('/metrics/new')}>
                Create a metric
              </Link>
            </p>
          ) : (
            <Button onClick={() => onChange({ ...typed, charges: [...charges, emptyCharge(free?.code, free?.name)] })}>
              Add charge
            </Button>
          )}
        </div>
      )}
    </Panel>
  )
}
