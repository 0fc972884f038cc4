'use client'

import Link from 'next/link'
import { useEffect, useState } from 'react'
import { buttonLooks } from '@/components/button'
import { ChartSkeleton } from '@/components/charts/chart-skeleton'
import { Empty } from '@/components/empty'
import { PageHead } from '@/components/page-head'
import { Limited } from '@/components/permitted'
import { ProblemPanel } from '@/components/problem-panel'
import { type Metric, useMetrics } from '@/features/metrics/queries'
import { useOrganization } from '@/features/session/organization'
import { useUrlState } from '@/lib/url-state'
import { ExportCsv } from './export-button'
import { questionsOf } from './questions'
import { rangeOf, reasonAgainst, sizeFor } from './range'
import { readUsageUrl, type SIZES } from './url-state'
import { UsageControls } from './usage-controls'
import { UsagePanel } from './usage-panel'

const MINUTE = 60_000
const METRICS_MAX = 200

/** An explorer of what was used: any metric, range, window, group and zone; the address says all of it. */
export function UsagePage() {
  const { may, path } = useOrganization()
  const metrics = useMetrics({}, METRICS_MAX)
  if (!may('usage:read')) return <Limited scope="usage:read" />
  const [first] = metrics.rows ?? []
  if (first) return <Explorer metrics={metrics.rows ?? []} first={first} />
  return (
    <>
      <PageHead title="Usage" />
      {metrics.rows ? (
        <Empty
          title="No metrics yet"
          action={
            <Link href={path('/metrics/new')} className={buttonLooks('primary')}>
              New metric
            </Link>
          }
        >
          Usage is what metrics count. Make one; events that name it are counted from then on.
        </Empty>
      ) : metrics.error ? (
        <ProblemPanel what="Metrics" error={metrics.error} onRetry={metrics.retry} />
      ) : (
        <ChartSkeleton label="Asking for metrics" />
      )}
    </>
  )
}

/** The present minute: ranges that end now move with it. */
function useMinute(): number {
  const [now, setNow] = useState(() => Math.floor(Date.now() / MINUTE) * MINUTE)
  useEffect(() => {
    const timer = setInterval(() => setNow(Math.floor(Date.now() / MINUTE) * MINUTE), MINUTE / 4)
    return () => clearInterval(timer)
  }, [])
  return now
}

function Explorer({ metrics, first }: { metrics: readonly Metric[]; first: Metric }) {
  const organization = useOrganization()
  const [url, change] = useUrlState(readUsageUrl)
  const now = useMinute()
  const metric = metrics.find(({ code }) => code === url.metric) ?? first
  const zone = url.timeZone ?? organization.zone
  const range = rangeOf(url, zone, now)
  const fits = (size: (typeof SIZES)[number]) => reasonAgainst(size, range) === null
  const size = url.windowSize && fits(url.windowSize) ? url.windowSize : sizeFor(range)
  const allowed = [...metric.groupBy, 'customerId']
  const groupBy = url.groupBy.filter((key) => allowed.includes(key))
  const group = Object.fromEntries(Object.entries(url.group).filter(([key]) => metric.groupBy.includes(key)))
  const questions = questionsOf({ ...url, groupBy, group }, metric.code, range, size, zone)
  return (
    <>
      <PageHead title="Usage">
        <ExportCsv questions={questions} name={`usage-${metric.code}`} />
      </PageHead>
      <UsageControls {...{ metrics, metric, range, zone, size, change }} url={{ ...url, groupBy, group }} />
      <UsagePanel
        {...{ metric, questions, zone, size, range }}
        running={Date.parse(range.to) > now - MINUTE}
        onRange={(from, to) => change({ range: 'custom', from, to, windowSize: null })}
        onReset={() => change({ range: null, from: null, to: null, windowSize: null })}
      />
    </>
  )
}
