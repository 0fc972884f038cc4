'use client'

import { Empty } from '@/components/empty'
import { PageHead } from '@/components/page-head'
import { Panel } from '@/components/panel'
import { PermittedLink } from '@/components/permitted-link'
import { type Column, Table } from '@/components/table'
import { useOrganization } from '@/features/session/organization'
import { MetricBadge } from './metric-badge'
import { type Metric, useMetrics } from './queries'

/** What is counted. */
export function MetricList() {
  const { path } = useOrganization()
  const list = useMetrics()
  const create = (
    <PermittedLink scope="metrics:write" kind="primary" href={path('/metrics/new')}>
      New metric
    </PermittedLink>
  )
  const columns: readonly Column<Metric>[] = [
    { head: 'Name', cell: ({ name }) => name },
    { head: 'Code', cell: ({ code }) => <span className="code">{code}</span>, narrow: 'second' },
    { head: 'Aggregation', cell: ({ aggregation }) => aggregation },
    { head: 'Events named', cell: ({ eventName }) => <span className="code">{eventName}</span> },
    { head: 'By', cell: ({ groupBy }) => groupBy.join(', ') || '–' },
    { head: 'Unit', cell: ({ unit }) => unit ?? '–' },
    { head: 'State', cell: ({ status }) => <MetricBadge status={status} />, narrow: 'second' },
  ]
  return (
    <>
      <PageHead title="Metrics">{create}</PageHead>
      <div className="py-4">
        <Panel flush>
          <Table
            caption="Metrics"
            list={list}
            columns={columns}
            rowKey={({ id }) => id}
            href={({ id }) => path(`/metrics/${id}`)}
            expected={6}
            empty={
              <Empty title="No metrics yet" action={create}>
                A metric says what is counted: how many API calls, the sum of tokens, the distinct users of a month.
                Events that no metric counts are refused.
              </Empty>
            }
          />
        </Panel>
      </div>
    </>
  )
}
