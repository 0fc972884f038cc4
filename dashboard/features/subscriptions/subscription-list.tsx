'use client'

import { Button } from '@/components/button'
import { Empty } from '@/components/empty'
import { Filters } from '@/components/filters'
import { Instant } from '@/components/instant'
import { PageHead } from '@/components/page-head'
import { Panel } from '@/components/panel'
import { PermittedLink } from '@/components/permitted-link'
import { type Column, Table } from '@/components/table'
import { Tabs } from '@/components/tabs'
import { useOrganization } from '@/features/session/organization'
import { formatPeriod } from '@/lib/time'
import { useUrlState } from '@/lib/url-state'
import { type Subscription, type SubscriptionStatus, useSubscriptions } from './queries'
import { SubscriptionBadge } from './subscription-badge'

const STATUSES: readonly SubscriptionStatus[] = ['trialing', 'active', 'past_due', 'suspended', 'canceled']

function readUrl(given: URLSearchParams) {
  return {
    status: STATUSES.find((status) => status === given.get('status')) ?? null,
    customerId: given.get('customerId'),
    planId: given.get('planId'),
  }
}

/** Who is on which plan, and how that stands. */
export function SubscriptionList() {
  const { path, zone } = useOrganization()
  const [url, change] = useUrlState(readUrl)
  const list = useSubscriptions({
    status: url.status ?? undefined,
    customerId: url.customerId ?? undefined,
    planId: url.planId ?? undefined,
  })
  const columns: readonly Column<Subscription>[] = [
    { head: 'Customer', cell: ({ customerId }) => <span className="code">{customerId}</span> },
    { head: 'Plan', cell: ({ planCode, planVersion }) => `${planCode}, version ${planVersion}`, narrow: 'second' },
    {
      head: 'Current period',
      cell: ({ currentPeriod, timeZone }) => (
        <span className="numeral">{formatPeriod(currentPeriod.start, currentPeriod.end, timeZone)}</span>
      ),
    },
    { head: 'Started', cell: ({ startAt }) => <Instant at={startAt} zone={zone} /> },
    { head: 'Ends', cell: ({ cancelAt }) => (cancelAt ? <Instant at={cancelAt} zone={zone} /> : '–') },
    { head: 'State', cell: (subscription) => <SubscriptionBadge subscription={subscription} />, narrow: 'second' },
  ]
  return (
    <>
      <PageHead title="Subscriptions">
        <PermittedLink scope="subscriptions:write" kind="primary" href={path('/subscriptions/new')}>
          New subscription
        </PermittedLink>
      </PageHead>
      <Tabs
        label="Subscriptions"
        tabs={[null, ...STATUSES].map((status) => ({
          label: status ? `${status.slice(0, 1).toUpperCase()}${status.slice(1).replace('_', ' ')}` : 'All',
          href: path(status ? `/subscriptions?status=${status}` : '/subscriptions'),
          here: url.status === status,
        }))}
      />
      <Filters
        filters={[
          { name: 'customerId', label: 'Customer' },
          { name: 'planId', label: 'Plan', placeholder: 'Plan id' },
        ]}
        values={url}
        onChange={change}
      />
      <Panel flush>
        <Table
          caption="Subscriptions"
          list={list}
          columns={columns}
          rowKey={({ id }) => id}
          href={({ id }) => path(`/subscriptions/${id}`)}
          empty={
            url.status || url.customerId || url.planId ? (
              <Empty
                title="No subscriptions with these filters"
                action={
                  <Button onClick={() => change({ status: null, customerId: null, planId: null })}>
                    Clear filters
                  </Button>
                }
              />
            ) : (
              <Empty title="No subscriptions yet">
                A subscription puts a customer on a plan. From then on their usage is billed, period by period.
              </Empty>
            )
          }
        />
      </Panel>
    </>
  )
}
