'use client'

import { PageHead } from '@/components/page-head'
import { ProblemPanel } from '@/components/problem-panel'
import { Skeleton } from '@/components/skeleton'
import { useOrganization } from '@/features/session/organization'
import { DownloadPdf } from './download-pdf'
import { DunningSchedule } from './dunning'
import { Evidence } from './evidence'
import { InvoiceActions } from './invoice-actions'
import { InvoiceBadge } from './invoice-badge'
import { InvoiceSheet } from './invoice-sheet'
import { useInvoice } from './queries'
import { Settlements } from './settlements'
import { Verify } from './verify'

/** One invoice as it reads on paper, and beside it why each of its numbers is what it is. */
export function InvoiceDetail({ invoiceId }: { invoiceId: string }) {
  const { path } = useOrganization()
  const found = useInvoice(invoiceId)
  const invoice = found.data
  return (
    <>
      <PageHead
        title={invoice ? (invoice.number ?? 'Draft invoice') : '…'}
        crumb={{ label: 'Invoices', href: path('/invoices') }}
        badge={invoice && <InvoiceBadge status={invoice.status} dueAt={invoice.dueAt} />}
      >
        {invoice && (
          <>
            <DownloadPdf invoice={invoice} />
            <InvoiceActions invoice={invoice} />
          </>
        )}
      </PageHead>
      {found.error && !invoice ? (
        <ProblemPanel what="The invoice" error={found.error} onRetry={() => void found.refetch()} />
      ) : invoice ? (
        <div className="grid items-start gap-4 py-4 xl:grid-cols-[minmax(0,840px)_minmax(320px,1fr)]">
          <InvoiceSheet invoice={invoice} />
          <div className="flex flex-col gap-4">
            <Verify invoice={invoice} />
            <DunningSchedule invoice={invoice} />
            <Settlements invoice={invoice} />
            <Evidence invoice={invoice} />
          </div>
        </div>
      ) : (
        <Skeleton rows={10} />
      )}
    </>
  )
}
