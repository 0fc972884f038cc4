'use client'

import { useState } from 'react'
import { Button } from '@/components/button'
import { Columns } from '@/components/charts/columns'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { Id } from '@/components/copy'
import { Instant } from '@/components/instant'
import { PageHead } from '@/components/page-head'
import { Facts, Panel } from '@/components/panel'
import { PermittedButton } from '@/components/permitted'
import { ProblemPanel } from '@/components/problem-panel'
import { Skeleton } from '@/components/skeleton'
import { useOrganization } from '@/features/session/organization'
import { answerOf } from '@/lib/api/problem'
import { useCommand } from '@/lib/command'
import { formatDecimal } from '@/lib/decimal'
import { useOne } from '@/lib/poll'
import { civilDay, formatDay } from '@/lib/time'
import { definitionOf } from './definition'
import { MetricBadge } from './metric-badge'
import { type Metric, useMetric } from './queries'

const DAYS = 14
const DAY = 86_400_000

export function MetricDetail({ metricId }: { metricId: string }) {
  const { path } = useOrganization()
  const metric = useMetric(metricId)
  if (metric.error) {
    return <ProblemPanel what="The metric" error={metric.error} onRetry={() => void metric.refetch()} />
  }
  return (
    <>
      <PageHead
        title={metric.data?.name ?? '…'}
        crumb={{ label: 'Metrics', href: path('/metrics') }}
        badge={metric.data && <MetricBadge status={metric.data.status} />}
      >
        {metric.data && <Archiving metric={metric.data} />}
      </PageHead>
      {metric.data ? <Shown metric={metric.data} /> : <Skeleton rows={6} />}
    </>
  )
}

function Shown({ metric }: { metric: Metric }) {
  const { zone } = useOrganization()
  return (
    <div className="grid items-start gap-4 py-4 xl:grid-cols-[1fr_320px]">
      <div className="flex flex-col gap-4">
        <p className="text-dialog">{definitionOf(metric)}.</p>
        <RecentUsage metric={metric} />
      </div>
      <Panel title="Facts">
        <Facts
          facts={[
            ['Code', <Id key="c" id={metric.code} what="code" whole />],
            ['Unit', metric.unit ?? '–'],
            ['Counts from', <Instant key="a" at={metric.activeFrom} zone={zone} seconds />],
            ['Created', <Instant key="b" at={metric.createdAt} zone={zone} />],
            ['Id', <Id key="i" id={metric.id} />],
            ['Description', metric.description ?? '–'],
          ]}
        />
      </Panel>
    </div>
  )
}

function RecentUsage({ metric }: { metric: Metric }) {
  const { id, api, zone } = useOrganization()
  const to = civilDay(new Date(Date.now() + DAY).toISOString(), zone)
  const from = civilDay(new Date(Date.now() - (DAYS - 1) * DAY).toISOString(), zone)
  const query = { metric: metric.code, from, to, windowSize: 'day' as const, timeZone: zone }
  const usage = useOne([id, 'usage', query], () => api.GET('/api/usage', { params: { query } }), { interval: 30_000 })
  return (
    <Panel title={`Last ${DAYS} days`}>
      {usage.error ? (
        <ProblemPanel what="Usage" error={usage.error} onRetry={() => void usage.refetch()} />
      ) : usage.data ? (
        <Columns
          name={`${metric.name} per day, ${DAYS} days`}
          bars={usage.data.data.map(({ windowStart, windowEnd, value }) => ({
            label: formatDay(windowStart, zone),
            value,
            soFar: windowEnd > usage.data.countedThrough,
          }))}
          total={usage.data.total.value === null ? '–' : formatDecimal(usage.data.total.value)}
        />
      ) : (
        <Skeleton rows={5} />
      )}
    </Panel>
  )
}

function Archiving({ metric }: { metric: Metric }) {
  const { id, api } = useOrganization()
  const [asking, setAsking] = useState(false)
  const act = metric.status === 'active' ? 'archive' : 'unarchive'
  const change = useCommand(
    async (kind: 'archive' | 'unarchive', key) => {
      const given = { params: { path: { metricId: metric.id } }, headers: { 'Idempotency-Key': key } }
      return kind === 'archive'
        ? (await answerOf(api.POST('/api/metrics/{metricId}/archive', given))).body
        : (await answerOf(api.POST('/api/metrics/{metricId}/unarchive', given))).body
    },
    { invalidates: [[id, 'metrics']], onDone: () => setAsking(false) },
  )
  return (
    <>
      <PermittedButton
        scope="metrics:write"
        busy={change.isPending}
        onClick={() => (act === 'archive' ? setAsking(true) : change.mutate(act))}
      >
        {act === 'archive' ? 'Archive metric' : 'Unarchive metric'}
      </PermittedButton>
      {asking && (
        <ConfirmDialog
          title={`Archive ${metric.code}`}
          verb="Archive metric"
          safe="Keep metric"
          typed={metric.code}
          busy={change.isPending}
          error={change.error}
          onConfirm={() => change.mutate('archive')}
          onClose={() => setAsking(false)}
        >
          Its events are refused from then on, unless another metric counts them. What was counted stays, and charges go
          on rating it.
        </ConfirmDialog>
      )}
      {change.error && !asking && <Button onClick={() => change.mutate(act)}>Retry</Button>}
    </>
  )
}
