import type { Metadata } from 'next'
import { MetricDetail } from '@/features/metrics/metric-detail'

export const metadata: Metadata = { title: 'Metric' }

export default async function Page({ params }: { params: Promise<{ metricId: string }> }) {
  return <MetricDetail metricId={decodeURIComponent((await params).metricId)} />
}
