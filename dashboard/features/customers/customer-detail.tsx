'use client'

import { Id } from '@/components/copy'
import { Instant } from '@/components/instant'
import { PageHead } from '@/components/page-head'
import { Facts, Panel } from '@/components/panel'
import { Limited } from '@/components/permitted'
import { ProblemPanel } from '@/components/problem-panel'
import { Skeleton } from '@/components/skeleton'
import { Tabs } from '@/components/tabs'
import { useOrganization } from '@/features/session/organization'
import { useUrlState } from '@/lib/url-state'
import { CustomerActions } from './customer-actions'
import { CustomerLists } from './customer-lists'
import { CustomerOverview } from './customer-overview'
import { type Customer, useCustomer } from './queries'
import { RunningUsage } from './running-usage'

const TABS = ['overview', 'usage', 'invoices', 'events'] as const
type Tab = (typeof TABS)[number]

const readUrl = (given: URLSearchParams): { tab: Tab } => ({
  tab: TABS.find((tab) => tab === given.get('tab')) ?? 'overview',
})

/** Who a customer is, and how it stands with them. */
export function CustomerDetail({ customerId }: { customerId: string }) {
  const { may, path } = useOrganization()
  const [{ tab }] = useUrlState(readUrl)
  const found = useCustomer(customerId)
  const here = path(`/customers/${encodeURIComponent(customerId)}`)
  if (!may('customers:read')) return <Limited scope="customers:read" />
  return (
    <>
      <PageHead title={found.data?.name ?? customerId} crumb={{ label: 'Customers', href: path('/customers') }}>
        {found.data && <CustomerActions customer={found.data} />}
      </PageHead>
      {found.error && !found.data ? (
        <ProblemPanel what="The customer" error={found.error} onRetry={() => void found.refetch()} />
      ) : found.data ? (
        <>
          <Tabs
            label="Customer"
            tabs={TABS.map((name) => ({
              label: name.slice(0, 1).toUpperCase() + name.slice(1),
              href: name === 'overview' ? here : `${here}?tab=${name}`,
              here: tab === name,
            }))}
          />
          <Shown customer={found.data} tab={tab} />
        </>
      ) : (
        <Skeleton rows={8} />
      )}
    </>
  )
}

function Shown({ customer, tab }: { customer: Customer; tab: Tab }) {
  const { zone } = useOrganization()
  if (tab === 'invoices' || tab === 'events') {
    return (
      <div className="py-4">
        <CustomerLists customerId={customer.customerId} of={tab} />
      </div>
    )
  }
  return (
    <div className="grid items-start gap-4 py-4 xl:grid-cols-[minmax(0,1fr)_320px]">
      <div className="flex min-w-0 flex-col gap-4">
        {tab === 'usage' ? (
          <RunningUsage customerId={customer.customerId} zone={zone} />
        ) : (
          <CustomerOverview customer={customer} />
        )}
      </div>
      <CustomerFacts customer={customer} />
    </div>
  )
}

function CustomerFacts({ customer }: { customer: Customer }) {
  const { zone } = useOrganization()
  const { customerId, name, email, taxId, timeZone, paymentMethod, createdAt } = customer
  const address = (customer.address ?? {}) as Record<string, string | null>
  const lines = [
    address.line1,
    address.line2,
    [address.postalCode, address.city].filter(Boolean).join(' '),
    [address.region, address.country].filter(Boolean).join(', '),
  ].filter(Boolean)
  return (
    <Panel title="Facts">
      <Facts
        facts={[
          ['Customer id', <Id key="i" id={customerId} what="customer id" whole />],
          ['Name', name ?? '–'],
          ['Email', email ?? '–'],
          ['Address', lines.length > 0 ? lines.map((line) => <div key={line}>{line}</div>) : '–'],
          ['Tax id', taxId ?? '–'],
          ['Payment method', paymentMethod ?? '–'],
          ['Zone', timeZone],
          ['Created', <Instant key="c" at={createdAt} zone={zone} />],
        ]}
      />
    </Panel>
  )
}
