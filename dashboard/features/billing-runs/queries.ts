import { useOrganization } from '@/features/session/organization'
import { answerOf } from '@/lib/api/problem'
import type { components } from '@/lib/api/schema'
import { useCommand } from '@/lib/command'
import { type List, useList } from '@/lib/list'
import { useOne } from '@/lib/poll'

export type BillingRun = components['schemas']['RunBody']

const POLL = 3000

export function useBillingRuns(limit = 50): List<BillingRun> {
  const { id, api } = useOrganization()
  return useList(
    [id, 'billing-runs', limit],
    (cursor) => api.GET('/api/billing-runs', { params: { query: { limit, cursor } } }),
    { interval: POLL },
  )
}

export function useBillingRun(runId: string) {
  const { id, api } = useOrganization()
  return useOne(
    [id, 'billing-runs', 'one', runId],
    () => api.GET('/api/billing-runs/{runId}', { params: { path: { runId } } }),
    { interval: POLL },
  )
}

/** Closes what is due now. The answer may come before the run is over. */
export function useCloseDuePeriods(onDone: (run: BillingRun) => void) {
  const { id, api } = useOrganization()
  return useCommand(
    async (ignoreGrace: boolean, key) =>
      (await answerOf(api.POST('/api/billing-runs', { body: { ignoreGrace }, headers: { 'Idempotency-Key': key } })))
        .body,
    { invalidates: ['billing-runs', 'invoices', 'subscriptions', 'analytics'].map((word) => [id, word]), onDone },
  )
}
