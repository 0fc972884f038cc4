import { Badge } from '@/components/badge'
import type { Metric } from './queries'

export function MetricBadge({ status }: { status: Metric['status'] }) {
  return status === 'active' ? <Badge tone="success">Active</Badge> : <Badge tone="neutral">Archived</Badge>
}
