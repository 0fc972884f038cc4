import { Badge, type Tone } from '@/components/badge'

const TONES: Record<string, Tone> = { completed: 'success', failed: 'danger' }

/** How a run stands: what is neither completed nor failed is on its way. */
export function RunBadge({ status }: { status: string }) {
  return <Badge tone={TONES[status] ?? 'progress'}>{`${status.slice(0, 1).toUpperCase()}${status.slice(1)}`}</Badge>
}
