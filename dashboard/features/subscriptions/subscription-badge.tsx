import { Badge, type Tone } from '@/components/badge'
import type { Subscription } from './queries'

const TONES: Record<Subscription['status'], Tone> = {
  trialing: 'info',
  active: 'success',
  past_due: 'warning',
  suspended: 'danger',
  canceled: 'neutral',
}

/** Paused is shown apart from suspended for non-payment. */
export function SubscriptionBadge({ subscription }: { subscription: Subscription }) {
  const { status, suspension } = subscription
  if (status === 'suspended' && suspension?.reason === 'paused') return <Badge tone="neutral">Paused</Badge>
  const word = status.replace('_', ' ')
  return <Badge tone={TONES[status]}>{word.slice(0, 1).toUpperCase() + word.slice(1)}</Badge>
}
