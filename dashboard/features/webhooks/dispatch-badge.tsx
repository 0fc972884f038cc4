import { Badge, type Tone } from '@/components/badge'
import type { Dispatch } from './queries'

const TONES: Record<Dispatch['status'], Tone> = {
  pending: 'progress',
  retrying: 'warning',
  delivered: 'success',
  failed: 'danger',
  parked: 'neutral',
  discarded: 'neutral',
}

/** Where a dispatch stands. */
export function DispatchBadge({ status }: { status: Dispatch['status'] }) {
  return <Badge tone={TONES[status]}>{status.slice(0, 1).toUpperCase() + status.slice(1)}</Badge>
}
