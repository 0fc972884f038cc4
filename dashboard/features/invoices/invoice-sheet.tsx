'use client'

import type { ReactNode } from 'react'
import { Instant } from '@/components/instant'
import { useOrganization } from '@/features/session/organization'
import { addressLines } from '@/lib/address'
import { formatAmount, formatMoney } from '@/lib/money'
import { formatPeriod } from '@/lib/time'
import { useUrlState } from '@/lib/url-state'
import { LineRow } from './line-row'
import type { Invoice } from './queries'

const readLine = (given: URLSearchParams) => ({ line: given.get('line') })

type Party = { name?: string | null; email?: string | null; address?: Record<string, string | null> | null }

function PartyBlock({ title, party, fallback }: { title: string; party: Party | null; fallback: string }) {
  const lines = addressLines(party?.address)
  return (
    <div className="min-w-0">
      <h3 className="text-caption font-medium text-text-3">{title}</h3>
      <p className="break-words font-medium">
        <bdi>{party?.name ?? fallback}</bdi>
      </p>
      {lines.map((line) => (
        <p key={line}>
          <bdi>{line}</bdi>
        </p>
      ))}
      {party?.email && <p className="break-words text-text-2">{party.email}</p>}
    </div>
  )
}

/** The sheet: who, when, what, how much. A line unfolds in place, and its address says which. */
export function InvoiceSheet({ invoice }: { invoice: Invoice }) {
  const { zone, name } = useOrganization()
  const [url, change] = useUrlState(readLine)
  const { lines, currency } = invoice
  return (
    <article aria-label="Invoice" className="rounded-panel border border-border bg-surface p-8 max-md:p-4">
      <div className="mb-6 flex flex-wrap items-start justify-between gap-4">
        <div>
          <h2 className="text-title">{invoice.number ?? 'Draft'}</h2>
          <p className="text-text-2">
            {invoice.planCode} · {formatPeriod(invoice.period.start, invoice.period.end, zone)}
          </p>
          <p className="text-caption text-text-3">Times in {zone}</p>
        </div>
        <p className="numeral text-figure font-semibold">{formatMoney(invoice.total)}</p>
      </div>
      <div className="mb-6 grid gap-4 sm:grid-cols-3">
        <PartyBlock title="From" party={invoice.issuer as Party} fallback={name} />
        <PartyBlock title="To" party={invoice.customer as Party | null} fallback={invoice.customerId} />
        <div>
          <h3 className="text-caption font-medium text-text-3">Issued</h3>
          <p>{invoice.issuedAt ? <Instant at={invoice.issuedAt} zone={zone} /> : 'not yet'}</p>
          <h3 className="mt-2 text-caption font-medium text-text-3">Due</h3>
          <p>{invoice.dueAt ? <Instant at={invoice.dueAt} zone={zone} /> : '–'}</p>
        </div>
      </div>
      <div className="overflow-x-auto">
        <table className="w-full border-collapse">
          <caption className="sr-only">Lines</caption>
          <thead>
            <tr className="border-y border-border text-caption text-text-2">
              <th scope="col" className="py-1.5 text-left font-medium">
                Description
              </th>
              <th scope="col" className="px-3 py-1.5 text-right font-medium">
                Quantity
              </th>
              <th scope="col" className="py-1.5 text-right font-medium">
                Amount ({currency})
              </th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <LineRow
                key={line.id}
                invoiceId={invoice.id}
                line={line}
                open={url.line === line.id}
                onToggle={() => change({ line: url.line === line.id ? null : line.id })}
              />
            ))}
          </tbody>
          <tfoot className="numeral">
            <Sum label="Total" strong>
              {formatAmount(invoice.total)}
            </Sum>
            <Sum label="Paid">{formatAmount(invoice.amountPaid)}</Sum>
            <Sum label="Credited">{formatAmount(invoice.amountCredited)}</Sum>
            <Sum label="Amount due" strong>
              {formatAmount(invoice.amountDue)}
            </Sum>
          </tfoot>
        </table>
      </div>
      {invoice.lineCount > lines.length && (
        <p className="mt-3 text-text-2">
          {lines.length} of {invoice.lineCount} lines are shown; the PDF has all.
        </p>
      )}
    </article>
  )
}

function Sum({ label, strong = false, children }: { label: string; strong?: boolean; children: ReactNode }) {
  return (
    <tr className={strong ? 'font-semibold' : 'text-text-2'}>
      <th scope="row" colSpan={2} className={`px-3 py-1.5 text-right ${strong ? 'font-semibold' : 'font-normal'}`}>
        {label}
      </th>
      <td className="py-1.5 text-right">{children}</td>
    </tr>
  )
}
