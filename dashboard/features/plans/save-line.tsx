'use client'

import { useOrganization } from '@/features/session/organization'
import { formatClock } from '@/lib/time'
import type { SaveState } from './use-draft'

/** How the draft stands: saved and when, or why not. */
export function SaveLine({ state, wrong, hasDraft }: { state: SaveState; wrong: number; hasDraft: boolean }) {
  const { zone } = useOrganization()
  return (
    <p role="status" className={`text-text-2 ${state.kind === 'refused' || wrong > 0 ? 'text-warning' : ''}`}>
      {sentence()}
    </p>
  )
  function sentence(): string {
    if (wrong > 0) return `Not saved: ${wrong === 1 ? 'one field needs' : `${wrong} fields need`} another value.`
    switch (state.kind) {
      case 'saved':
        if (!hasDraft) return 'Nothing changed yet.'
        return state.at ? `Saved ${formatClock(new Date(state.at).toISOString(), zone)}` : 'Saved'
      case 'refused':
        return `Not saved: ${state.problem.detail}`
      case 'conflict':
        return 'Not saved: somebody else changed this plan.'
      default:
        return 'Saving…'
    }
  }
}
