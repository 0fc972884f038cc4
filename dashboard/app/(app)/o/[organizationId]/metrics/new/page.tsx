import type { Metadata } from 'next'
import { MetricForm } from '@/features/metrics/metric-form'

export const metadata: Metadata = { title: 'New metric' }

export default function Page() {
  return <MetricForm />
}
