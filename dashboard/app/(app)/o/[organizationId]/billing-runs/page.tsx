import type { Metadata } from 'next'
import { BillingRunList } from '@/features/billing-runs/billing-run-list'

export const metadata: Metadata = { title: 'Billing runs' }

export default function Page() {
  return <BillingRunList />
}
