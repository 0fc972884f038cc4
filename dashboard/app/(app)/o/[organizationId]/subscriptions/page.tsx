import type { Metadata } from 'next'
import { SubscriptionList } from '@/features/subscriptions/subscription-list'

export const metadata: Metadata = { title: 'Subscriptions' }

export default function Page() {
  return <SubscriptionList />
}
