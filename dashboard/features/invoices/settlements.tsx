'use client'

import Link from 'next/link'
import { Badge, type Tone, worded } from '@/components/badge'
import { Instant } from '@/components/instant'
import { Panel } from '@/components/panel'
import { ProblemPanel } from '@/components/problem-panel'
import { type CreditNote, DISPOSITIONS, useCreditNotes } from '@/features/credit-notes/queries'
import { useOrganization } from '@/features/session/organization'
import { formatMoney } from '@/lib/money'
import { type Invoice, type PaymentMade, usePayments } from './queries'

const TONES: Record<PaymentMade['status'], Tone> = { pending: 'progress', succeeded: 'success', failed: 'danger' }

/** What was paid on an invoice, and what was credited. */
export function Settlements({ invoice }: { invoice: Invoice }) {
  const payments = usePayments(invoice.id)
  const notes = useCreditNotes({ invoiceId: invoice.id })
  if (invoice.status === 'draft') return null
  const error = payments.error ?? notes.error
  const none = payments.rows?.length === 0 && notes.rows?.length === 0
  return (
    <Panel title="Payments and credit notes">
      {error && !payments.rows ? <ProblemPanel what="Payments" error={error} onRetry={payments.retry} /> : null}
      {none && <p className="text-text-2">None yet.</p>}
      <ul className="flex flex-col gap-3">
        {payments.rows?.map((payment) => (
          <Payment key={payment.id} payment={payment} />
        ))}
        {notes.rows?.map((note) => (
          <Credit key={note.id} note={note} />
        ))}
      </ul>
    </Panel>
  )
}

function Payment({ payment }: { payment: PaymentMade }) {
  const { zone } = useOrganization()
  const { id, amount, status, reference, provider, failureCode, paidAt, createdAt } = payment
  return (
    <li className="flex flex-wrap items-baseline gap-x-2">
      <Badge tone={TONES[status]}>{worded(status)}</Badge>
      <span className="numeral ml-auto">{formatMoney(amount)}</span>
      <span className="w-full break-words text-caption text-text-2">
        <Instant at={paidAt ?? createdAt} zone={zone} /> · {provider.replaceAll('_', ' ')}
        {failureCode && ` · ${failureCode.replaceAll('_', ' ')}`}
        {reference !== id && ` · ${reference}`}
      </span>
    </li>
  )
}

function Credit({ note }: { note: CreditNote }) {
  const { zone, path } = useOrganization()
  return (
    <li className="flex flex-wrap items-baseline gap-x-2">
      <span className="inline-flex items-center gap-2">
        <Link className="link" href={path(`/credit-notes/${note.id}`)}>
          {note.number}
        </Link>
        <Instant at={note.createdAt} zone={zone} />
      </span>
      <span className="numeral ml-auto">{formatMoney(note.total)}</span>
      <span className="w-full break-words text-caption text-text-2">
        {DISPOSITIONS[note.disposition]} {note.reason}
      </span>
    </li>
  )
}
