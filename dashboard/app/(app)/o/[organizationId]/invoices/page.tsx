import type { Metadata } from 'next'
import { InvoiceList } from '@/features/invoices/invoice-list'

export const metadata: Metadata = { title: 'Invoices' }

export default function Page() {
  return <InvoiceList />
}
