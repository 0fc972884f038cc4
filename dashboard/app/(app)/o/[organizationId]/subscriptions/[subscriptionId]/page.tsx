import type { Metadata } from 'next'
import { SubscriptionDetail } from '@/features/subscriptions/subscription-detail'

export const metadata: Metadata = { title: 'Subscription' }

export default async function Page({ params }: { params: Promise<{ subscriptionId: string }> }) {
  return <SubscriptionDetail subscriptionId={decodeURIComponent((await params).subscriptionId)} />
}
