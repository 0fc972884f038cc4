'use client'

import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { Empty } from '@/components/empty'
import { Filters } from '@/components/filters'
import { Instant } from '@/components/instant'
import { Name } from '@/components/name'
import { PageHead } from '@/components/page-head'
import { Panel } from '@/components/panel'
import { PermittedButton } from '@/components/permitted'
import { type Column, Table } from '@/components/table'
import { useInvoices } from '@/features/invoices/queries'
import { useOrganization } from '@/features/session/organization'
import { useSubscriptions } from '@/features/subscriptions/queries'
import { SubscriptionBadge } from '@/features/subscriptions/subscription-badge'
import { useAskedForNew } from '@/lib/asked'
import { formatMoney, sumsByCurrency } from '@/lib/money'
import { useUrlState } from '@/lib/url-state'
import { CustomerForm } from './customer-form'
import { NamedByEvents } from './named-by-events'
import { type Customer, useCustomers } from './queries'

const readUrl = (given: URLSearchParams) => ({ q: given.get('q') })

const known = (list: { rows: readonly unknown[] | undefined; stale: boolean }) => list.rows !== undefined && !list.stale

/** The place of something that another question brings. */
function Waiting() {
  return <span className="skeleton inline-block h-3.5 w-16 align-middle" />
}

/** Who pays. Plan, state and what is due come from one question each for all rows. */
export function CustomerList() {
  const { may, path, zone } = useOrganization()
  const [url, change] = useUrlState(readUrl)
  const [creating, setCreating] = useAskedForNew()
  const list = useCustomers(url.q ?? undefined)
  const ids = (list.rows ?? [])
    .slice(0, 100)
    .map(({ customerId }) => customerId)
    .join(',')
  const subscriptions = useSubscriptions({ customerId: ids || 'none' }, 200)
  const open = useInvoices({ customerId: ids || 'none', status: 'open' }, 200)
  const columns: readonly Column<Customer>[] = [
    { head: 'Name', cell: ({ name, customerId }) => <Name>{name ?? customerId}</Name> },
    { head: 'Customer id', cell: ({ customerId }) => <span className="code">{customerId}</span> },
    {
      head: 'Plan',
      cell: ({ customerId }) => {
        const own = subscriptions.rows?.find((one) => one.customerId === customerId && one.status !== 'canceled')
        if (!own) return known(subscriptions) ? '–' : <Waiting />
        return (
          <span className="inline-flex items-center gap-2">
            {own.planCode} <SubscriptionBadge subscription={own} />
          </span>
        )
      },
      narrow: 'second',
    },
    { head: 'Created', cell: ({ createdAt }) => <Instant at={createdAt} zone={zone} /> },
    {
      head: 'Amount due',
      cell: ({ customerId }) => {
        const due = (open.rows ?? []).filter((one) => one.customerId === customerId).map(({ amountDue }) => amountDue)
        return sumsByCurrency(due).map(formatMoney).join(', ') || (known(open) ? '–' : <Waiting />)
      },
      right: true,
    },
  ]
  const create = (
    <PermittedButton scope="customers:write" kind="primary" onClick={() => setCreating(true)}>
      New customer
    </PermittedButton>
  )
  return (
    <>
      <PageHead title="Customers">{create}</PageHead>
      <Filters
        filters={[{ name: 'q', label: 'Search', placeholder: 'Name or customer id begins with' }]}
        values={url}
        onChange={change}
      />
      <Panel flush>
        <Table
          caption="Customers"
          list={list}
          columns={columns}
          rowKey={({ customerId }) => customerId}
          href={({ customerId }) => path(`/customers/${encodeURIComponent(customerId)}`)}
          empty={
            url.q ? (
              <Empty
                title={`No customers begin with “${url.q}”`}
                action={<Button onClick={() => change({ q: null })}>Clear filters</Button>}
              />
            ) : (
              <Empty title="No customers yet">
                A customer is known by your own id, the one your events carry. Events may come before the customer does.
                {may('events:read') && <NamedByEvents />}
              </Empty>
            )
          }
        />
      </Panel>
      <Dialog open={creating} onClose={() => setCreating(false)} title="New customer">
        <CustomerForm onDone={() => setCreating(false)} />
      </Dialog>
    </>
  )
}
