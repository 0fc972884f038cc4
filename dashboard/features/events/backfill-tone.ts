import type { Tone } from '@/components/badge'

const TONES: Record<string, Tone> = { open: 'progress', closed: 'success', reverted: 'neutral' }

export function backfillTone(status: string): Tone {
  return TONES[status] ?? 'neutral'
}
