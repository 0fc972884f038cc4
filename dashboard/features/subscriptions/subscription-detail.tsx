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
import { useOne } from '@/lib/poll'
import { formatPeriod } from '@/lib/time'
import { ChangesPanel } from './changes-panel'
import { PeriodTimeline } from './period-timeline'
import { type Subscription, useSubscription } from './queries'
import { SubscriptionActions } from './subscription-actions'
import { SubscriptionBadge } from './subscription-badge'
import { ThresholdsPanel } from './thresholds-panel'
import { UpcomingInvoice } from './upcoming'

/** Columns of invoices that a narrow panel leaves to the invoice itself. */
const LEFT_OUT = new Set(['Customer', 'Issued', 'Due'])

export function SubscriptionDetail({ subscriptionId }: { subscriptionId: string }) {
  const { path } = useOrganization()
  const found = useSubscription(subscriptionId)
  const subscription = found.data
  return (
    <>
      <PageHead
        title={subscription ? `${subscription.customerId} on ${subscription.planCode}` : '…'}
        crumb={{ label: 'Subscriptions', href: path('/subscriptions') }}
        badge={subscription && <SubscriptionBadge subscription={subscription} />}
      >
        {subscription && <SubscriptionActions subscription={subscription} />}
      </PageHead>
      {found.error && !subscription ? (
        <ProblemPanel what="The subscription" error={found.error} onRetry={() => void found.refetch()} />
      ) : subscription ? (
        <Shown subscription={subscription} />
      ) : (
        <Skeleton rows={8} />
      )}
    </>
  )
}

function Shown({ subscription }: { subscription: Subscription }) {
  const { id, api, path } = useOrganization()
  const { timeZone, currentPeriod } = subscription
  const params = { path: { subscriptionId: subscription.id } }
  const upcoming = useOne(
    [id, 'subscriptions', 'upcoming', subscription.id],
    () => api.GET('/api/subscriptions/{subscriptionId}/upcoming', { params }),
    { enabled: subscription.status !== 'canceled' },
  )
  const invoices = useInvoices({ subscriptionId: subscription.id }, 50)
  const columns = useInvoiceColumns(invoices.rows ?? [])
  return (
    <div className="grid items-start gap-4 py-4 xl:grid-cols-[minmax(0,1fr)_320px]">
      <div className="flex min-w-0 flex-col gap-4">
        <PeriodTimeline subscription={subscription} />
        {upcoming.data ? (
          <UpcomingInvoice upcoming={upcoming.data} zone={timeZone} />
        ) : (
          upcoming.isLoading && <Skeleton rows={4} />
        )}
        <Panel title="Periods invoiced" flush>
          <Table
            caption="Invoices of this subscription"
            list={invoices}
            columns={columns.filter(({ head }) => !LEFT_OUT.has(head))}
            rowKey={({ id: invoiceId }) => invoiceId}
            href={({ id: invoiceId }) => path(`/invoices/${invoiceId}`)}
            expected={3}
            empty={<p className="p-4 text-text-2">The first is issued when the current period has ended.</p>}
          />
        </Panel>
      </div>
      <div className="flex flex-col gap-4">
        <Panel title="Facts">
          <Facts
            facts={[
              [
                'Customer',
                <Link
                  key="c"
                  className="link code"
                  href={path(`/customers/${encodeURIComponent(subscription.customerId)}`)}
                >
                  {subscription.customerId}
                </Link>,
              ],
              [
                'Plan',
                <Link key="p" className="link" href={path(`/plans/${subscription.planId}`)}>
                  {subscription.planCode}, version {subscription.planVersion}
                </Link>,
              ],
              ['Period', formatPeriod(currentPeriod.start, currentPeriod.end, timeZone)],
              ['Zone', timeZone],
              ['Anchor', <Instant key="a" at={subscription.anchorAt} zone={timeZone} />],
              [
                'Trial until',
                subscription.trialEndAt ? <Instant key="t" at={subscription.trialEndAt} zone={timeZone} /> : '–',
              ],
              ['Ends', subscription.cancelAt ? <Instant key="e" at={subscription.cancelAt} zone={timeZone} /> : '–'],
              ['Id', <Id key="i" id={subscription.id} />],
            ]}
          />
        </Panel>
        <ChangesPanel subscription={subscription} />
        <ThresholdsPanel subscription={subscription} />
      </div>
    </div>
  )
}
