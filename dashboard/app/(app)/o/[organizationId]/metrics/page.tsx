import type { Metadata } from 'next'
import { MetricList } from '@/features/metrics/metric-list'

export const metadata: Metadata = { title: 'Metrics' }

export default function Page() {
  return <MetricList />
}
