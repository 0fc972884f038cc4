import { Badge } from '@/components/badge'
import type { Endpoint } from './queries'

/** Whether an endpoint is sent to, and whether it gets through. */
export function EndpointBadge({ endpoint }: { endpoint: Pick<Endpoint, 'status' | 'health'> }) {
  if (endpoint.status === 'disabled') return <Badge tone="neutral">Disabled</Badge>
  if (endpoint.health.failingSince) return <Badge tone="danger">Failing</Badge>
  return <Badge tone="success">Enabled</Badge>
}
