import type { Metadata } from 'next'
import { EndpointDetail } from '@/features/webhooks/endpoint-detail'

export const metadata: Metadata = { title: 'Endpoint' }

type Props = { params: Promise<{ endpointId: string }> }

export default async function Page({ params }: Props) {
  return <EndpointDetail endpointId={(await params).endpointId} />
}
