'use client'

import Link from 'next/link'
import { Button } from '@/components/button'
import { Id } from '@/components/copy'
import { Instant } from '@/components/instant'
import { Facts } from '@/components/panel'
import { ProblemPanel } from '@/components/problem-panel'
import { Skeleton } from '@/components/skeleton'
import { useOrganization } from '@/features/session/organization'
import { answerOf } from '@/lib/api/problem'
import { useCommand } from '@/lib/command'
import { formatMoney } from '@/lib/money'
import { saveFile } from '@/lib/save-file'
import { type CreditNote, DISPOSITIONS, useCreditNote } from './queries'

/** One credit note: how much off which lines, what becomes of it, and its document. */
export function CreditNoteDetail({ creditNoteId }: { creditNoteId: string }) {
  const note = useCreditNote(creditNoteId)
  if (note.error && !note.data) {
    return <ProblemPanel what="The credit note" error={note.error} onRetry={() => void note.refetch()} />
  }
  if (!note.data) return <Skeleton rows={6} label="Asking for the credit note" />
  return <Shown note={note.data} />
}

function Shown({ note }: { note: CreditNote }) {
  const { zone, path } = useOrganization()
  const { id, number, total, disposition, reason, customerId, invoiceId, createdAt, lines } = note
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h3 className="text-panel">{number}</h3>
        <span className="numeral text-figure">{formatMoney(total)}</span>
      </div>
      <p>
        {DISPOSITIONS[disposition]} {reason}
      </p>
      <Facts
        facts={[
          [
            'Invoice',
            <Link key="i" className="link" href={path(`/invoices/${invoiceId}`)}>
              Open the invoice
            </Link>,
          ],
          ['Customer', <Id key="c" id={customerId} what="customer id" />],
          ['Issued', <Instant key="t" at={createdAt} zone={zone} seconds />],
          ['Id', <Id key="n" id={id} whole />],
        ]}
      />
      <table className="w-full">
        <caption className="sr-only">Lines</caption>
        <thead className="text-caption text-text-2">
          <tr className="border-b border-border">
            <th scope="col" className="py-1.5 text-left font-medium">
              Line
            </th>
            <th scope="col" className="text-right font-medium">
              Credited
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map(({ lineId, amount }) => (
            <tr key={lineId} className="border-b border-border">
              <td className="py-1.5">
                <Link className="link code" href={path(`/invoices/${invoiceId}?line=${lineId}`)}>
                  {lineId.slice(0, 8)}…{lineId.slice(-6)}
                </Link>
              </td>
              <td className="numeral text-right">{formatMoney(amount)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Download note={note} />
    </div>
  )
}

function Download({ note }: { note: CreditNote }) {
  const { api } = useOrganization()
  const download = useCommand(
    async (creditNoteId: string) => {
      const params = { path: { creditNoteId } }
      const { body } = await answerOf(api.GET('/api/credit-notes/{creditNoteId}/pdf', { params, parseAs: 'blob' }))
      return body as unknown as Blob
    },
    { onDone: (file) => saveFile(file, `${note.number}.pdf`) },
  )
  return (
    <div className="flex items-center gap-2">
      <Button busy={download.isPending} onClick={() => download.mutate(note.id)}>
        Download PDF
      </Button>
      {download.error && <span className="text-danger">{download.error.detail}</span>}
    </div>
  )
}
