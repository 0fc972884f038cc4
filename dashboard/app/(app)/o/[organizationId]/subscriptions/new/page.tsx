import type { Metadata } from 'next'
import { SubscriptionForm } from '@/features/subscriptions/subscription-form'

export const metadata: Metadata = { title: 'New subscription' }

export default function Page() {
  return <SubscriptionForm />
}
