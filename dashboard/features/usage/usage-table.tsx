'use client'

import { useState } from 'react'
import { Empty } from '@/components/empty'
import { Panel } from '@/components/panel'
import { type Column, Table } from '@/components/table'
import { useOrganization } from '@/features/session/organization'
import { formatCount, formatDecimal } from '@/lib/decimal'
import { previousOf } from './export-csv'
import type { Usage, UsageRow } from './queries'
import { groupKey, nameOf } from './windows'

const PAGE = 50

type Props = { rows: Usage; whole: Usage; unit: string | null; eventName: string }

/** The rows of the chart; each leads to the events of its window and customer. */
export function UsageTable({ rows: usage, whole, unit, eventName }: Props) {
  const { path } = useOrganization()
  const [shown, setShown] = useState(PAGE)
  const { groupBy, windowSize, timeZone, previous } = usage
  const before = previousOf(usage, whole)
  const value = (text: string | null) => (text === null ? '–' : formatDecimal(text))
  const columns: Column<UsageRow>[] = [
    { head: `Window (${timeZone})`, cell: (row) => nameOf(row, windowSize, timeZone) },
    ...groupBy.map((key) => ({
      head: key === 'customerId' ? 'Customer' : key,
      cell: ({ group }: UsageRow) => <span className="code">{group[key] || '–'}</span>,
      narrow: 'second' as const,
    })),
    { head: 'Events', cell: ({ eventCount }) => formatCount(eventCount), right: true, narrow: 'hidden' },
    ...(previous
      ? [{ head: 'Period before', cell: (row: UsageRow) => value(before(row)), right: true, narrow: 'hidden' as const }]
      : []),
    { head: unit ? `Value (${unit})` : 'Value', cell: (row) => value(row.value), right: true },
  ]
  const href = ({ windowStart, windowEnd, group }: UsageRow) => {
    const query = new URLSearchParams({ metric: eventName, timestampFrom: windowStart, timestampTo: windowEnd })
    if (group.customerId) query.set('customerId', group.customerId)
    return path(`/events?${query}`)
  }
  return (
    <Panel flush>
      <Table
        caption="Usage by window"
        list={{
          rows: usage.data.slice(0, shown),
          error: null,
          fetching: false,
          stale: false,
          updatedAt: 0,
          more: usage.data.length > shown,
          loadingMore: false,
          loadMore: () => setShown(shown + PAGE),
          retry: () => undefined,
        }}
        columns={columns}
        rowKey={(row) => `${row.windowStart} ${groupKey(row.group)}`}
        href={href}
        foot={usage.nextCursor && 'The first 10,000 rows are here; Export CSV has all.'}
        empty={<Empty title="Nothing was counted in this range">Choose a longer one, or take filters away.</Empty>}
      />
    </Panel>
  )
}
