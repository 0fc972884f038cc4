import { Badge, type Tone } from '@/components/badge'
import type { Event } from './queries'

const TONES: Record<string, Tone> = { counted: 'success', voided: 'neutral', reverted: 'neutral' }

/** How an event stands: counted, amended, voided or reverted. */
export function EventBadge({ event }: { event: Event }) {
  if (event.status === 'counted' && event.revision > 1) return <Badge tone="info">Amended</Badge>
  const word = event.status.slice(0, 1).toUpperCase() + event.status.slice(1)
  return (
    <Badge tone={TONES[event.status] ?? 'neutral'} struck={event.status !== 'counted'}>
      {word}
    </Badge>
  )
}
