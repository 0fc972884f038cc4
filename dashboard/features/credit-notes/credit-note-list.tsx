'use client'

import { usePathname } from 'next/navigation'
import { useCallback } from 'react'
import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { Empty } from '@/components/empty'
import { Filters } from '@/components/filters'
import { Instant } from '@/components/instant'
import { PageHead } from '@/components/page-head'
import { Panel } from '@/components/panel'
import { Limited } from '@/components/permitted'
import { type Column, Table } from '@/components/table'
import { InvoiceTabs } from '@/features/invoices/invoice-tabs'
import { useOrganization } from '@/features/session/organization'
import { formatAmount, formatMoney, sharedCurrency } from '@/lib/money'
import { useUrlState } from '@/lib/url-state'
import { goTo, useWalk } from '@/lib/walk'
import { CreditNoteDetail } from './credit-note-detail'
import { type CreditNote, useCreditNotes } from './queries'

const NO_FILTERS = { customerId: null, invoiceId: null }

function readFilters(given: URLSearchParams): { customerId: string | null; invoiceId: string | null } {
  return { customerId: given.get('customerId'), invoiceId: given.get('invoiceId') }
}

/** What was given back, or taken off what is due. */
export function CreditNoteList() {
  const { path, zone, may } = useOrganization()
  const [url, change] = useUrlState(readFilters)
  const rest = usePathname().slice(path('/credit-notes').length + 1)
  const openId = rest === '' ? null : rest
  const list = useCreditNotes({ customerId: url.customerId ?? undefined, invoiceId: url.invoiceId ?? undefined })
  const open = useCallback((noteId: string) => goTo(path(`/credit-notes/${noteId}`)), [path])
  useWalk(list.rows?.map(({ id }) => id) ?? [], openId, open)
  if (!may('invoices:read')) return <Limited scope="invoices:read" />
  const shared = sharedCurrency((list.rows ?? []).map(({ total }) => total))
  const columns: readonly Column<CreditNote>[] = [
    { head: 'Number', cell: ({ number }) => number },
    { head: 'Customer', cell: ({ customerId }) => <span className="code">{customerId}</span>, narrow: 'second' },
    { head: 'Issued', cell: ({ createdAt }) => <Instant at={createdAt} zone={zone} />, narrow: 'second' },
    { head: 'Reason', cell: ({ reason }) => reason },
    { head: 'As', cell: ({ disposition }) => disposition.replace('_', ' ') },
    {
      head: shared ? `Total (${shared})` : 'Total',
      cell: ({ total }) => (shared ? formatAmount(total) : formatMoney(total)),
      right: true,
    },
  ]
  return (
    <>
      <PageHead title="Credit notes" />
      <InvoiceTabs here="credit-notes" />
      <Filters
        filters={[
          { name: 'customerId', label: 'Customer' },
          ...(url.invoiceId ? [{ name: 'invoiceId', label: 'Invoice' }] : []),
        ]}
        values={url}
        onChange={change}
      />
      <Panel flush>
        <Table
          caption="Credit notes"
          list={list}
          columns={columns}
          rowKey={({ id }) => id}
          href={({ id }) => path(`/credit-notes/${id}`)}
          onOpen={({ id }) => open(id)}
          selected={openId}
          empty={
            url.customerId || url.invoiceId ? (
              <Empty
                title="No credit notes with these filters"
                action={<Button onClick={() => change(NO_FILTERS)}>Clear filters</Button>}
              />
            ) : (
              <Empty title="No credit notes yet">
                An issued invoice never changes. What it asks too much is credited, line by line: open the invoice, and
                choose Credit lines.
              </Empty>
            )
          }
        />
      </Panel>
      <Dialog place="right" title="Credit note" open={openId !== null} onClose={() => goTo(path('/credit-notes'))}>
        {openId && <CreditNoteDetail creditNoteId={openId} />}
      </Dialog>
    </>
  )
}
