'use client'

import { useMemo } from 'react'
import { Button } from '@/components/button'
import { Empty } from '@/components/empty'
import { Filters } from '@/components/filters'
import { Instant } from '@/components/instant'
import { Name } from '@/components/name'
import { PageHead } from '@/components/page-head'
import { Panel } from '@/components/panel'
import { type Column, Table } from '@/components/table'
import { useOrganization } from '@/features/session/organization'
import { formatAmount, formatMoney, sharedCurrency, sumsByCurrency } from '@/lib/money'
import { formatPeriod } from '@/lib/time'
import { useUrlState } from '@/lib/url-state'
import { ClosingLine } from './closing-line'
import { InvoiceBadge } from './invoice-badge'
import { InvoiceTabs } from './invoice-tabs'
import { type InvoiceSummary, useInvoices } from './queries'
import { readInvoicesUrl } from './url-state'

/** The columns of invoices; the currency stands in the head when all rows share it. */
export function useInvoiceColumns(rows: readonly InvoiceSummary[]): readonly Column<InvoiceSummary>[] {
  const { zone } = useOrganization()
  const shared = sharedCurrency(rows.map(({ total }) => total))
  const amount = shared ? formatAmount : formatMoney
  const head = (name: string) => (shared ? `${name} (${shared})` : name)
  return [
    { head: 'Number', cell: ({ number }) => <span className="whitespace-nowrap">{number ?? 'Draft'}</span> },
    {
      head: 'Customer',
      cell: ({ customer, customerId }) => <Name>{String(customer?.name ?? customerId)}</Name>,
      narrow: 'second',
    },
    {
      head: 'Period',
      cell: ({ period }) => (
        <span className="numeral whitespace-nowrap">{formatPeriod(period.start, period.end, zone)}</span>
      ),
    },
    { head: 'Issued', cell: ({ issuedAt }) => (issuedAt ? <Instant at={issuedAt} zone={zone} /> : '–') },
    { head: 'Due', cell: ({ dueAt }) => (dueAt ? <Instant at={dueAt} zone={zone} /> : '–') },
    { head: 'State', cell: ({ status, dueAt }) => <InvoiceBadge status={status} dueAt={dueAt} />, narrow: 'second' },
    {
      head: head('Amount due'),
      cell: ({ amountDue, status }) => (status === 'void' ? '–' : amount(amountDue)),
      right: true,
      narrow: 'hidden',
    },
    { head: head('Total'), cell: ({ total }) => amount(total), right: true },
  ]
}

export function InvoiceList() {
  const { path } = useOrganization()
  const [url, change] = useUrlState(readInvoicesUrl)
  const { tab, customerId, subscriptionId, number, currency, billingRunId } = url
  // Fixed while the tab is open: a key that moves with the clock would never find its cached rows.
  const now = useMemo(() => new Date().toISOString(), [])
  const list = useInvoices({
    status: tab === 'overdue' ? 'open' : (tab ?? undefined),
    dueTo: tab === 'overdue' ? now : undefined,
    customerId: customerId ?? undefined,
    subscriptionId: subscriptionId ?? undefined,
    number: number ?? undefined,
    currency: currency ?? undefined,
    billingRunId: billingRunId ?? undefined,
  })
  const columns = useInvoiceColumns(list.rows ?? [])
  const clear = () =>
    change({ tab: null, customerId: null, subscriptionId: null, number: null, currency: null, billingRunId: null })
  const filtered = Object.values(url).some(Boolean)
  const sums = sumsByCurrency((list.rows ?? []).map(({ total }) => total))
  return (
    <>
      <PageHead title="Invoices" />
      <InvoiceTabs here={tab ?? 'all'} />
      <Filters
        filters={[
          { name: 'number', label: 'Number', placeholder: 'INV-000042' },
          { name: 'customerId', label: 'Customer' },
          { name: 'currency', label: 'Currency', placeholder: 'USD' },
          ...(billingRunId ? [{ name: 'billingRunId', label: 'Billing run' }] : []),
          ...(subscriptionId ? [{ name: 'subscriptionId', label: 'Subscription' }] : []),
        ]}
        values={url}
        onChange={change}
      />
      <ClosingLine />
      <Panel flush>
        <Table
          caption="Invoices"
          list={list}
          columns={columns}
          rowKey={({ id }) => id}
          href={({ id }) => path(`/invoices/${id}`)}
          foot={sums.length > 0 && <span className="numeral">Rows shown: {sums.map(formatMoney).join(', ')}</span>}
          empty={
            filtered ? (
              <Empty
                title={`No ${tab ?? ''} invoices${customerId ? ` for ${customerId}` : ' with these filters'}`}
                action={<Button onClick={clear}>Clear filters</Button>}
              />
            ) : (
              <Empty title="No invoices yet">
                The first is issued when the first period of a subscription has ended and its grace is over.
              </Empty>
            )
          }
        />
      </Panel>
    </>
  )
}
