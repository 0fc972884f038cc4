'use client'

import Link from 'next/link'
import { Instant } from '@/components/instant'
import { Panel } from '@/components/panel'
import { type Column, Table } from '@/components/table'
import { type Entry, useAuditLog } from '@/features/audit-log/queries'
import { useOrganization } from '@/features/session/organization'

const SHOWN = 6

/** Who changed what about a customer, the latest first; absent for whoever may not see the audit log. */
export function CustomerHistory({ customerId }: { customerId: string }) {
  const { may } = useOrganization()
  return may('audit:read') ? <History customerId={customerId} /> : null
}

function History({ customerId }: { customerId: string }) {
  const { path, zone } = useOrganization()
  const entries = useAuditLog({ targetType: 'customer', targetId: customerId })
  const columns: readonly Column<Entry>[] = [
    { head: 'When', cell: ({ at }) => <Instant at={at} zone={zone} /> },
    { head: 'Action', cell: ({ action }) => <span className="code">{action}</span>, narrow: 'second' },
    { head: 'What', cell: ({ before, after }) => <span className="line-clamp-1">{changed(before, after)}</span> },
    { head: 'Who', cell: ({ actor }) => String(actor.name ?? actor.id ?? actor.type ?? ''), narrow: 'second' },
  ]
  const all = `/audit-log?targetType=customer&targetId=${encodeURIComponent(customerId)}`
  return (
    <Panel
      title="History"
      flush
      aside={
        <Link className="link" href={path(all)}>
          All entries
        </Link>
      }
    >
      <Table
        caption="History"
        list={{ ...entries, rows: entries.rows?.slice(0, SHOWN), more: false }}
        columns={columns}
        rowKey={({ id }) => id}
        href={({ id }) => path(`/audit-log/${id}`)}
        expected={2}
        empty={<p className="p-4 text-text-2">No changes are recorded.</p>}
      />
    </Panel>
  )
}

/** The names of what differs between two states. */
function changed(before: Entry['before'], after: Entry['after']): string {
  if (!before || !after) return '–'
  const names = Object.keys(after).filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
  return names.filter((name) => name !== 'version').join(', ') || '–'
}
