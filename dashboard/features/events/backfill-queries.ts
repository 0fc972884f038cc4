import { useOrganization } from '@/features/session/organization'
import { answerOf } from '@/lib/api/problem'
import type { components } from '@/lib/api/schema'
import { useCommand } from '@/lib/command'
import { type List, useList } from '@/lib/list'
import { useOne } from '@/lib/poll'

export type Backfill = components['schemas']['BackfillView']
export type BackfillInput = components['schemas']['BackfillRequest']

const POLL = 5000

export function useBackfills(status: string | undefined): List<Backfill> {
  const { id, api } = useOrganization()
  return useList(
    [id, 'backfills', status],
    (cursor) => api.GET('/api/backfills', { params: { query: { status, limit: 50, cursor } } }),
    { interval: POLL },
  )
}

export function useBackfill(backfillId: string) {
  const { id, api } = useOrganization()
  return useOne(
    [id, 'backfills', 'one', backfillId],
    () => api.GET('/api/backfills/{backfillId}', { params: { path: { backfillId } } }),
    { interval: POLL },
  )
}

export function useOpenBackfill(onDone: (backfill: Backfill) => void) {
  const { id, api } = useOrganization()
  return useCommand(
    async (body: BackfillInput, key) =>
      (await answerOf(api.POST('/api/backfills', { body, headers: { 'Idempotency-Key': key } }))).body,
    { invalidates: [[id, 'backfills']], onDone },
  )
}

/** Close one, or take all of its events back. */
export function useEndBackfill(backfillId: string, onDone?: () => void) {
  const { id, api } = useOrganization()
  return useCommand(
    async (act: 'close' | 'revert', key) => {
      const given = { params: { path: { backfillId } }, headers: { 'Idempotency-Key': key } }
      return act === 'close'
        ? (await answerOf(api.POST('/api/backfills/{backfillId}/close', given))).body
        : (await answerOf(api.POST('/api/backfills/{backfillId}/revert', given))).body
    },
    {
      invalidates: [
        [id, 'backfills'],
        [id, 'events'],
        [id, 'usage'],
      ],
      onDone,
    },
  )
}
