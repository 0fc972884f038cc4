'use client'

import { Button } from '@/components/button'
import { useOrganization } from '@/features/session/organization'
import { answerOf } from '@/lib/api/problem'
import { useCommand } from '@/lib/command'
import { saveFile } from '@/lib/save-file'
import type { Invoice } from './queries'

/** A link could not name the organization: the document is fetched, then saved under the invoice's number. */
export function DownloadPdf({ invoice }: { invoice: Invoice }) {
  const { api } = useOrganization()
  const download = useCommand(
    async (invoiceId: string) => {
      const params = { path: { invoiceId } }
      return (await answerOf(api.GET('/api/invoices/{invoiceId}/pdf', { params, parseAs: 'blob' })))
        .body as unknown as Blob
    },
    {
      onDone: (file) => saveFile(file, `${invoice.number ?? 'draft'}.pdf`),
    },
  )
  return (
    <>
      {download.error && <span className="text-danger">{download.error.detail}</span>}
      <Button busy={download.isPending} onClick={() => download.mutate(invoice.id)}>
        Download PDF
      </Button>
    </>
  )
}
