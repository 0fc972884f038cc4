import type { Metadata } from 'next'
import { CustomerDetail } from '@/features/customers/customer-detail'

export const metadata: Metadata = { title: 'Customer' }

export default async function Page({ params }: { params: Promise<{ customerId: string }> }) {
  return <CustomerDetail customerId={decodeURIComponent((await params).customerId)} />
}
