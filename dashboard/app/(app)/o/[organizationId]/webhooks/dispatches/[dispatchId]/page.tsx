import type { Metadata } from 'next'
import { DispatchDetail } from '@/features/webhooks/dispatch-detail'

export const metadata: Metadata = { title: 'Dispatch' }

type Props = { params: Promise<{ dispatchId: string }> }

export default async function Page({ params }: Props) {
  return <DispatchDetail dispatchId={(await params).dispatchId} />
}
