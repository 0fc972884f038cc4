import type { Metadata } from 'next'
import { InvoiceDetail } from '@/features/invoices/invoice-detail'

export const metadata: Metadata = { title: 'Invoice' }

export default async function Page({ params }: { params: Promise<{ invoiceId: string }> }) {
  return <InvoiceDetail invoiceId={decodeURIComponent((await params).invoiceId)} />
}
