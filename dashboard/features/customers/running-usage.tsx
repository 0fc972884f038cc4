'use client'

import { Instant } from '@/components/instant'
import { Panel } from '@/components/panel'
import { ProblemPanel } from '@/components/problem-panel'
import { Skeleton } from '@/components/skeleton'
import type { components } from '@/lib/api/schema'
import { compare, formatDecimal, pixelValue } from '@/lib/decimal'
import { formatMoney } from '@/lib/money'
import { formatPeriod } from '@/lib/time'
import { useRunningUsage } from './queries'

type Charge = components['schemas']['RunningChargeBody']

/** Usage of the running periods against what is included: what goes past it has a second colour. */
export function RunningUsage({ customerId, zone }: { customerId: string; zone: string }) {
  const usage = useRunningUsage(customerId)
  if (usage.error && !usage.data) return <ProblemPanel what="The usage" error={usage.error} />
  if (!usage.data) return <Skeleton rows={3} />
  if (usage.data.data.length === 0) return <p className="text-text-2">No running period: nothing is billed.</p>
  return (
    <div className="flex flex-col gap-4">
      {usage.data.data.map(({ subscriptionId, period, charges, total, countedThrough }) => (
        <Panel
          key={subscriptionId}
          title={`Usage, ${formatPeriod(period.start, period.end, zone)}`}
          aside={<span className="numeral text-text-2">≈ {formatMoney(total)} with the base price</span>}
        >
          {charges.length === 0 && <p className="text-text-2">This plan charges no metric.</p>}
          <ul className="flex flex-col gap-3">
            {charges.map((charge) => (
              <ChargeLine key={`${charge.chargeId} ${JSON.stringify(charge.group)}`} charge={charge} />
            ))}
          </ul>
          {countedThrough && (
            <p className="numeral mt-3 text-caption text-text-2">
              Counted through <Instant at={countedThrough} zone={zone} seconds />
            </p>
          )}
        </Panel>
      ))}
    </div>
  )
}

function ChargeLine({ charge }: { charge: Charge }) {
  const { metric, group, quantity, includedUnits, amount } = charge
  const included = compare(includedUnits, '0') > 0
  const [used, limit] = [pixelValue(quantity), pixelValue(includedUnits)]
  const whole = Math.max(used, limit)
  const within = whole === 0 ? 0 : (Math.min(used, limit) / whole) * 100
  const past = whole === 0 ? 0 : (Math.max(0, used - limit) / whole) * 100
  return (
    <li className="numeral flex flex-col gap-1">
      <p className="flex flex-wrap justify-between gap-x-3">
        <span>
          <span className="code">{metric}</span>
          {Object.entries(group ?? {}).map(([name, value]) => (
            <span key={name} className="code ml-2 rounded bg-neutral-bg px-1">
              {name}={String(value) || '""'}
            </span>
          ))}
        </span>
        <span>
          {formatDecimal(quantity)}
          {included && <span className="text-text-2"> of {formatDecimal(includedUnits)} included</span>}, ≈{' '}
          {formatMoney(amount)}
        </span>
      </p>
      {included && (
        <div aria-hidden className="flex h-1.5 overflow-hidden rounded-full bg-sunken">
          <div style={{ width: `${within}%`, background: 'var(--series-1)' }} />
          <div style={{ width: `${past}%`, background: 'var(--series-2)' }} />
        </div>
      )}
    </li>
  )
}
