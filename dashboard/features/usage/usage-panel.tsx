'use client'

import { Button } from '@/components/button'
import { ChartSkeleton } from '@/components/charts/chart-skeleton'
import { SeriesChart } from '@/components/charts/series-chart'
import { Panel } from '@/components/panel'
import { ProblemPanel, StaleLine } from '@/components/problem-panel'
import type { Metric } from '@/features/metrics/queries'
import { problemOf } from '@/lib/api/problem'
import { formatDecimal } from '@/lib/decimal'
import { formatClock } from '@/lib/time'
import { type AnsweredUsage, type Usage, useUsage } from './queries'
import type { Questions } from './questions'
import { type Range, SIZE_NAMES } from './range'
import type { Size } from './url-state'
import { UsageTable } from './usage-table'
import { chartWindows, groupedSeries, previousValues, wholeSeries } from './windows'
import { addsUp, kindOf, percentOf, totalKind } from './words'

const BEHIND_MILLISECONDS = 60_000

type Props = {
  metric: Metric
  questions: Questions
  zone: string
  size: Size
  range: Range
  running: boolean
  onRange: (from: string, to: string) => void
  onReset: () => void
}

/** The answer: chart, total, and the same rows as a table. */
export function UsagePanel(props: Props) {
  const { questions, running, onReset } = props
  const whole = useUsage(questions.whole, running)
  const grouped = useUsage(questions.grouped, running)
  const top = useUsage(questions.top, running)
  const error = whole.error ?? grouped.error ?? top.error
  const retry = () => {
    for (const query of [whole, grouped, top]) if (query.error) void query.refetch()
  }
  const asked = questions.grouped ? { grouped: grouped.data, top: top.data } : null
  if (!whole.data || (asked && !(asked.grouped && asked.top))) {
    if (!error) return <ChartSkeleton label="Asking for usage" />
    return (
      <Panel>
        <ProblemPanel what="Usage" error={error} onRetry={retry} />
        {problemOf(error).code === 'range_too_large' && <Button onClick={onReset}>Show 30 days</Button>}
      </Panel>
    )
  }
  const stale = [whole, grouped, top].some(({ isPlaceholderData }) => isPlaceholderData)
  return (
    <div className={`flex flex-col gap-4 ${stale ? 'opacity-60' : ''}`} aria-busy={stale}>
      {error && <StaleLine shownAt={formatClock(new Date(whole.dataUpdatedAt).toISOString(), props.zone)} />}
      <Answer {...props} whole={whole.data} grouped={asked?.grouped?.usage ?? null} top={asked?.top?.usage ?? null} />
    </div>
  )
}

type AnswerProps = Props & { whole: AnsweredUsage; grouped: Usage | null; top: Usage | null }

function Answer({ metric, size, whole, grouped, top, onRange }: AnswerProps) {
  const { usage } = whole
  const windows = chartWindows(usage)
  const adds = addsUp(usage.aggregation)
  const series = grouped && top ? groupedSeries(usage, grouped, top.data, adds) : wholeSeries(usage, metric.name)
  const name = `${metric.name} per ${SIZE_NAMES[size]}${grouped ? ` by ${grouped.groupBy.join(', ').replace('customerId', 'customer')}` : ''}`
  const total = usage.total.value === null ? '–' : formatDecimal(usage.total.value)
  return (
    <>
      <Panel title={name} aside={<Total answered={whole} metric={metric} />}>
        <SeriesChart
          name={name}
          total={total}
          kind={kindOf(usage.aggregation, grouped !== null)}
          windows={windows}
          series={series}
          previous={previousValues(usage)}
          onRange={(first, last) => {
            const [from, to] = [usage.data[first]?.windowStart, usage.data[last]?.windowEnd]
            if (from && to) onRange(from, to)
          }}
        />
        <Counted answered={whole} />
      </Panel>
      <UsageTable rows={grouped ?? usage} whole={usage} unit={metric.unit} eventName={metric.eventName} />
    </>
  )
}

/** The API's total, and how it differs from the period before. */
function Total({ answered: { usage }, metric }: { answered: AnsweredUsage; metric: Metric }) {
  const { total, change, previous } = usage
  return (
    <p className="numeral flex flex-wrap items-baseline justify-end gap-x-2 text-right">
      <strong className="text-panel font-semibold" data-testid="total">
        {total.value === null ? '–' : formatDecimal(total.value)}
      </strong>
      {metric.unit && <span className="text-text-2">{metric.unit}</span>}
      {previous && (
        <span className="text-text-2">
          {change === null ? 'nothing before' : `${percentOf(change)} against`}{' '}
          {change !== null && previous.total.value !== null && formatDecimal(previous.total.value)}
        </span>
      )}
    </p>
  )
}

function Counted({ answered: { usage, answeredAt } }: { answered: AnsweredUsage }) {
  const behind = answeredAt - Date.parse(usage.countedThrough) > BEHIND_MILLISECONDS
  const kind = totalKind(usage.aggregation)
  const total = usage.total.value === null ? '–' : formatDecimal(usage.total.value)
  return (
    <p className={`numeral mt-3 text-caption ${behind ? 'text-warning' : 'text-text-2'}`}>
      Total {total}
      {kind && ` (${kind})`}. Counted through {formatClock(usage.countedThrough, usage.timeZone)}
      {behind && ', more than a minute ago'}. Times in {usage.timeZone}.
    </p>
  )
}
