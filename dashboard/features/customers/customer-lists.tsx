'use client'

import { Instant } from '@/components/instant'
import { Panel } from '@/components/panel'
import { type Column, Table } from '@/components/table'
import { type Event, useEvents } from '@/features/events/queries'
import { useInvoiceColumns } from '@/features/invoices/invoice-list'
import { useInvoices } from '@/features/invoices/queries'
import { useOrganization } from '@/features/session/organization'
import { formatDecimal } from '@/lib/decimal'

/** All invoices or all events of one customer, page by page. */
export function CustomerLists({ customerId, of }: { customerId: string; of: 'invoices' | 'events' }) {
  return of === 'invoices' ? <Invoices customerId={customerId} /> : <Events customerId={customerId} />
}

function Invoices({ customerId }: { customerId: string }) {
  const { path } = useOrganization()
  const invoices = useInvoices({ customerId })
  const columns = useInvoiceColumns(invoices.rows ?? [])
  return (
    <Panel flush>
      <Table
        caption="Invoices of this customer"
        list={invoices}
        columns={columns.filter(({ head }) => head !== 'Customer')}
        rowKey={({ id }) => id}
        href={({ id }) => path(`/invoices/${id}`)}
        empty={<p className="p-4 text-text-2">The first is issued when a period of a subscription has ended.</p>}
      />
    </Panel>
  )
}

function Events({ customerId }: { customerId: string }) {
  const { path, zone } = useOrganization()
  const events = useEvents({ customerId })
  const columns: readonly Column<Event>[] = [
    { head: 'Received', cell: ({ receivedAt }) => <Instant at={receivedAt} zone={zone} seconds /> },
    { head: 'Metric', cell: ({ metric }) => <span className="code">{metric}</span>, narrow: 'second' },
    { head: 'Event time', cell: ({ timestamp }) => <Instant at={timestamp} zone={zone} seconds /> },
    { head: 'Amount', cell: ({ amount }) => formatDecimal(amount), right: true },
  ]
  return (
    <Panel flush>
      <Table
        caption="Events of this customer"
        list={events}
        columns={columns}
        rowKey={({ eventId }) => eventId}
        href={({ eventId }) => path(`/events/${eventId}`)}
        empty={<p className="p-4 text-text-2">No event has named this customer yet.</p>}
      />
    </Panel>
  )
}
