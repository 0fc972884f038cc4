'use client'

import Link from 'next/link'
import { Badge, type Tone, worded } from '@/components/badge'
import { Instant } from '@/components/instant'
import { Panel } from '@/components/panel'
import { ProblemPanel } from '@/components/problem-panel'
import { type Column, Table } from '@/components/table'
import { useInvoiceColumns } from '@/features/invoices/invoice-list'
import { useInvoices } from '@/features/invoices/queries'
import { useOrganization } from '@/features/session/organization'
import { useSubscriptions } from '@/features/subscriptions/queries'
import { UpcomingInvoice } from '@/features/subscriptions/upcoming'
import { formatMoney } from '@/lib/money'
import { CustomerHistory } from './customer-history'
import {
  type CreditNote,
  type Customer,
  type Payment,
  useCustomerCreditNotes,
  useCustomerPayments,
  useNow,
  useUpcoming,
} from './queries'
import { RunningUsage } from './running-usage'
import { SubscriptionCard } from './subscription-card'

/** Columns of invoices that a narrow panel leaves to the invoice itself. */
const LEFT_OUT = new Set(['Customer', 'Issued', 'Due'])

const PAYMENT_TONES: Record<Payment['status'], Tone> = { pending: 'progress', succeeded: 'success', failed: 'danger' }

/** How it stands with a customer: plans, the coming bill, usage, what was billed and paid. */
export function CustomerOverview({ customer }: { customer: Customer }) {
  const { path, zone, may } = useOrganization()
  const { customerId } = customer
  const now = useNow()
  const subscriptions = useSubscriptions({ customerId })
  const upcoming = useUpcoming(customerId)
  const invoices = useInvoices({ customerId }, 6)
  const columns = useInvoiceColumns(invoices.rows ?? [])
  return (
    <>
      <Panel title="Subscriptions">
        {subscriptions.error && !subscriptions.rows ? (
          <ProblemPanel what="The subscriptions" error={subscriptions.error} onRetry={subscriptions.retry} />
        ) : null}
        {subscriptions.rows?.length === 0 && (
          <p className="text-text-2">On no plan: usage is counted, and nobody is billed for it.</p>
        )}
        <ul className="flex flex-col gap-2">
          {subscriptions.rows?.map((subscription) => (
            <SubscriptionCard key={subscription.id} subscription={subscription} now={now} />
          ))}
        </ul>
      </Panel>
      {upcoming.data?.data.map((one) => (
        <UpcomingInvoice key={one.subscriptionId} upcoming={one} zone={zone} />
      ))}
      {may('usage:read') && (upcoming.data?.data.length ?? 0) > 0 && (
        <RunningUsage customerId={customerId} zone={zone} />
      )}
      <Panel
        title="Last invoices"
        flush
        aside={
          <Link className="link" href={path(`/customers/${encodeURIComponent(customerId)}?tab=invoices`)}>
            All invoices
          </Link>
        }
      >
        <Table
          caption="Last invoices"
          list={{ ...invoices, more: false }}
          columns={columns.filter(({ head }) => !LEFT_OUT.has(head))}
          rowKey={({ id }) => id}
          href={({ id }) => path(`/invoices/${id}`)}
          expected={6}
          empty={<p className="p-4 text-text-2">None yet.</p>}
        />
      </Panel>
      <Payments customerId={customerId} />
      <CreditNotes customerId={customerId} />
      <CustomerHistory customerId={customerId} />
    </>
  )
}

function Payments({ customerId }: { customerId: string }) {
  const { path, zone } = useOrganization()
  const payments = useCustomerPayments(customerId)
  if (payments.rows?.length === 0) return null
  const columns: readonly Column<Payment>[] = [
    { head: 'Received', cell: ({ paidAt, createdAt }) => <Instant at={paidAt ?? createdAt} zone={zone} /> },
    { head: 'Reference', cell: ({ id, reference }) => (reference === id ? 'by the provider' : reference || '–') },
    {
      head: 'State',
      cell: ({ status }) => <Badge tone={PAYMENT_TONES[status]}>{worded(status)}</Badge>,
      narrow: 'second',
    },
    { head: 'Amount', cell: ({ amount }) => formatMoney(amount), right: true },
  ]
  return (
    <Panel title="Payments" flush>
      <Table
        caption="Payments"
        list={payments}
        columns={columns}
        rowKey={({ id }) => id}
        href={({ invoiceId }) => path(`/invoices/${invoiceId}`)}
        expected={2}
        empty={null}
      />
    </Panel>
  )
}

function CreditNotes({ customerId }: { customerId: string }) {
  const { path, zone } = useOrganization()
  const notes = useCustomerCreditNotes(customerId)
  if (notes.rows?.length === 0) return null
  const columns: readonly Column<CreditNote>[] = [
    { head: 'Number', cell: ({ number }) => number },
    { head: 'Issued', cell: ({ createdAt }) => <Instant at={createdAt} zone={zone} /> },
    { head: 'Reason', cell: ({ reason }) => reason ?? '–' },
    { head: 'Total', cell: ({ total }) => formatMoney(total), right: true },
  ]
  return (
    <Panel title="Credit notes" flush>
      <Table
        caption="Credit notes"
        list={notes}
        columns={columns}
        rowKey={({ id }) => id}
        href={({ invoiceId }) => path(`/invoices/${invoiceId}`)}
        expected={2}
        empty={null}
      />
    </Panel>
  )
}
