'use client'

import Link from 'next/link'
import { Id } from '@/components/copy'
import { Instant } from '@/components/instant'
import { PageHead } from '@/components/page-head'
import { Facts, Panel } from '@/components/panel'
import { ProblemPanel } from '@/components/problem-panel'
import { Skeleton } from '@/components/skeleton'
import { Table } from '@/components/table'
import { useInvoiceColumns } from '@/features/invoices/invoice-list'
import { useInvoices } from '@/features/invoices/queries'
import { useOrganization } from '@/features/session/organization'
import { useSubscriptions } from '@/features/subscriptions/queries'
import { SubscriptionBadge } from '@/features/subscriptions/subscription-badge'
import { UpcomingInvoice } from '@/features/subscriptions/upcoming'
import { formatPeriod } from '@/lib/time'
import { type Customer, useCustomer, useUpcoming } from './queries'

export function CustomerDetail({ customerId }: { customerId: string }) {
  const { path } = useOrganization()
  const found = useCustomer(customerId)
  return (
    <>
      <PageHead title={found.data?.name ?? customerId} crumb={{ label: 'Customers', href: path('/customers') }} />
      {found.error && !found.data ? (
        <ProblemPanel what="The customer" error={found.error} onRetry={() => void found.refetch()} />
      ) : found.data ? (
        <Shown customer={found.data} />
      ) : (
        <Skeleton rows={8} />
      )}
    </>
  )
}

function Shown({ customer }: { customer: Customer }) {
  const { path, zone } = useOrganization()
  const { customerId } = customer
  const subscriptions = useSubscriptions({ customerId })
  const upcoming = useUpcoming(customerId)
  const invoices = useInvoices({ customerId }, 6)
  const columns = useInvoiceColumns(invoices.rows ?? [])
  return (
    <div className="grid items-start gap-4 py-4 xl:grid-cols-[minmax(0,1fr)_320px]">
      <div className="flex flex-col gap-4">
        <Panel title="Subscriptions">
          {subscriptions.rows?.length === 0 && (
            <p className="text-text-2">On no plan: usage is counted, and nobody is billed for it.</p>
          )}
          <ul className="flex flex-col gap-2">
            {subscriptions.rows?.map((subscription) => (
              <li key={subscription.id} className="flex flex-wrap items-center gap-3">
                <Link className="link font-medium" href={path(`/subscriptions/${subscription.id}`)}>
                  {subscription.planCode}, version {subscription.planVersion}
                </Link>
                <SubscriptionBadge subscription={subscription} />
                <span className="numeral text-text-2">
                  {formatPeriod(
                    subscription.currentPeriod.start,
                    subscription.currentPeriod.end,
                    subscription.timeZone,
                  )}
                </span>
              </li>
            ))}
          </ul>
        </Panel>
        {upcoming.data?.data.map((one) => (
          <UpcomingInvoice key={one.subscriptionId} upcoming={one} zone={zone} />
        ))}
        <Panel
          title="Last invoices"
          flush
          aside={
            <Link className="link" href={path(`/invoices?customerId=${encodeURIComponent(customerId)}`)}>
              All invoices
            </Link>
          }
        >
          <Table
            caption="Last invoices"
            list={{ ...invoices, more: false }}
            columns={columns.filter(({ head }) => head !== 'Customer')}
            rowKey={({ id }) => id}
            href={({ id }) => path(`/invoices/${id}`)}
            expected={6}
            empty={<p className="p-4 text-text-2">None yet.</p>}
          />
        </Panel>
      </div>
      <Panel title="Facts">
        <Facts
          facts={[
            ['Customer id', <Id key="i" id={customerId} what="customer id" whole />],
            ['Email', customer.email ?? '–'],
            ['Tax id', customer.taxId ?? '–'],
            ['Zone', customer.timeZone],
            ['Created', <Instant key="c" at={customer.createdAt} zone={zone} />],
            [
              'Events',
              <Link key="e" className="link" href={path(`/events?customerId=${encodeURIComponent(customerId)}`)}>
                See the events
              </Link>,
            ],
          ]}
        />
      </Panel>
    </div>
  )
}
