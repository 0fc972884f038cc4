'use client'

import { useMemo, useState } from 'react'
import { Button } from '@/components/button'
import { Filters } from '@/components/filters'
import type { Metric } from '@/features/metrics/queries'
import { useOrganization } from '@/features/session/organization'
import { CustomRange } from './custom-range'
import { CustomerPeriods } from './customer-periods'
import { RANGE_NAMES, type Range, reasonAgainst, SIZE_NAMES } from './range'
import { RANGES, SIZES, type Size, type UsageUrl } from './url-state'

const CONTROL =
  'h-8 max-w-full rounded-control border border-border-strong bg-surface px-2.5 text-text max-md:h-11 max-md:text-[16px]'
const HALF = 'w-40 max-md:w-[calc(50%-4px)]'
const PRESSED = 'aria-pressed:border-ink aria-pressed:bg-selected aria-pressed:text-accent-text'

type Props = {
  url: UsageUrl
  metrics: readonly Metric[]
  metric: Metric
  range: Range
  zone: string
  size: Size
  change: (changes: Record<string, string | null>, how?: 'push' | 'replace') => void
}

/** The question: metric, range, window, groups, comparison, zone and filters. */
export function UsageControls(props: Props) {
  const { url, metrics, metric, range, zone, size, change } = props
  const { may } = useOrganization()
  const [typing, setTyping] = useState(false)
  const keys = [...metric.groupBy, 'customerId']
  const cleared = Object.fromEntries(Object.keys(url.group).map((key) => [`group.${key}`, null]))
  return (
    <div className="flex flex-col pt-3">
      <div className="flex flex-wrap items-center gap-2">
        <select
          aria-label="Metric"
          className={`${CONTROL} max-md:w-full`}
          value={metric.code}
          onChange={({ target }) => change({ metric: target.value, groupBy: null, ...cleared })}
        >
          {metrics.map(({ code, name, aggregation, unit }) => (
            <option key={code} value={code}>
              {name} · {aggregation}
              {unit ? ` · ${unit}` : ''}
            </option>
          ))}
        </select>
        <fieldset className="flex flex-wrap gap-1">
          <legend className="sr-only">Range</legend>
          {RANGES.map((name) => (
            <Button
              key={name}
              kind="quiet"
              aria-pressed={url.range === name}
              className={PRESSED}
              onClick={() => {
                setTyping(name === 'custom' && !typing)
                if (name !== 'custom') change({ range: name === '30d' ? null : name, from: null, to: null })
              }}
            >
              {RANGE_NAMES[name]}
            </Button>
          ))}
          {url.customerId && may('subscriptions:read') && (
            <CustomerPeriods
              customerId={url.customerId}
              from={url.from}
              to={url.to}
              className={PRESSED}
              onChoose={(from, to) => change({ range: 'custom', from, to, windowSize: null })}
            />
          )}
        </fieldset>
        <select
          aria-label="Window"
          className={`${CONTROL} ${HALF}`}
          value={url.windowSize ?? ''}
          onChange={({ target }) => change({ windowSize: target.value || null })}
        >
          <option value="">Window: {url.windowSize ? 'auto' : `auto, ${SIZE_NAMES[size]}`}</option>
          {SIZES.map((name) => {
            const reason = reasonAgainst(name, range)
            return (
              <option key={name} value={name} disabled={reason !== null}>
                {SIZE_NAMES[name]}
                {reason && `: ${reason}`}
              </option>
            )
          })}
        </select>
        <ZoneSelect zone={zone} onChange={(timeZone) => change({ timeZone })} />
      </div>
      {typing && (
        <CustomRange
          range={range}
          zone={zone}
          onChoose={(from, to) => change({ range: 'custom', from, to, windowSize: null })}
        />
      )}
      <div className="mt-2 flex flex-wrap items-center gap-1">
        <span className="pr-1 text-text-2">Group by</span>
        {keys.map((key) => (
          <Button
            key={key}
            kind="quiet"
            className={PRESSED}
            aria-pressed={url.groupBy.includes(key)}
            onClick={() => change({ groupBy: toggled(url.groupBy, key).join(',') || null })}
          >
            {key === 'customerId' ? 'customer' : key}
          </Button>
        ))}
        <span aria-hidden className="mx-1 h-5 border-l border-border max-md:hidden" />
        <Button
          kind="quiet"
          className={PRESSED}
          aria-pressed={url.compare}
          onClick={() => change({ compare: url.compare ? null : 'previous_period' })}
        >
          Compare with the period before
        </Button>
      </div>
      <KeyFilters {...props} />
    </div>
  )
}

function toggled(keys: readonly string[], key: string): string[] {
  return keys.includes(key) ? keys.filter((one) => one !== key) : [...keys, key]
}

/** One zone for filter, axis, table and file. */
function ZoneSelect({ zone, onChange }: { zone: string; onChange: (zone: string | null) => void }) {
  const { zone: usual } = useOrganization()
  const all = useMemo(() => [...new Set([usual, 'UTC', ...Intl.supportedValuesOf('timeZone')])], [usual])
  return (
    <select
      aria-label="Time zone"
      className={`${CONTROL} ${HALF}`}
      value={zone}
      onChange={({ target }) => onChange(target.value === usual ? null : target.value)}
    >
      {(all.includes(zone) ? all : [zone, ...all]).map((name) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  )
}

function KeyFilters({ url, metric, change }: Props) {
  const filters = [
    { name: 'customerId', label: 'Customer' },
    ...metric.groupBy.map((key) => ({ name: `group.${key}`, label: key, placeholder: `${key}: any` })),
  ]
  const values = {
    customerId: url.customerId,
    ...Object.fromEntries(metric.groupBy.map((key) => [`group.${key}`, url.group[key] ?? null])),
  }
  return <Filters filters={filters} values={values} onChange={change} />
}
