import { Badge, type Tone } from '@/components/badge'

const TONES: Record<string, Tone> = {
  draft: 'neutral',
  open: 'info',
  paid: 'success',
  void: 'neutral',
  uncollectible: 'warning',
}

/** Overdue is derived: open, and due in the past. */
export function InvoiceBadge({ status, dueAt }: { status: string; dueAt: string | null }) {
  if (status === 'open' && dueAt && Date.parse(dueAt) < Date.now()) return <Badge tone="danger">Overdue</Badge>
  return (
    <Badge tone={TONES[status] ?? 'neutral'} struck={status === 'void'}>
      {status.slice(0, 1).toUpperCase() + status.slice(1)}
    </Badge>
  )
}
