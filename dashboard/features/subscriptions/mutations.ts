'use client'

import { useQuery } from '@tanstack/react-query'
import { useOrganization } from '@/features/session/organization'
import { answerOf } from '@/lib/api/problem'
import type { components } from '@/lib/api/schema'
import { useCommand } from '@/lib/command'
import type { Change, Subscription } from './queries'

type Schemas = components['schemas']
export type SubscriptionInput = Schemas['SubscriptionCreate']
export type ChangeInput = Schemas['ChangeInput']
export type Preview = Schemas['PreviewBody']

const PREVIEW_AGE_MAX_MILLISECONDS = 50 * 60_000

/** What a subscription changes elsewhere too: its customer's coming bill and the lists. */
function useTouched() {
  const { id } = useOrganization()
  return [
    [id, 'subscriptions'],
    [id, 'customers'],
    [id, 'invoices'],
  ] as const
}

export function useCreateSubscription(onDone: (subscription: Subscription) => void) {
  const { api } = useOrganization()
  return useCommand(
    async (body: SubscriptionInput, key) =>
      (await answerOf(api.POST('/api/subscriptions', { body, headers: { 'Idempotency-Key': key } }))).body,
    { invalidates: useTouched(), onDone },
  )
}

type Act =
  | { kind: 'change'; body: ChangeInput }
  | { kind: 'pause'; body: Schemas['PauseInput'] }
  | { kind: 'resume' }
  | { kind: 'cancel'; body: Schemas['CancelInput'] }
  | { kind: 'drop'; changeId: string }

/** Makes a dropped change anew, on the subscription as it is now; null for one that cannot be made again. */
export function useScheduleAgain({ id: subscriptionId, currentPeriod }: Subscription, onDone: () => void) {
  const { api } = useOrganization()
  const command = useCommand(
    async ({ kind, at, reason, planId, planVersion }: Change, key) => {
      const params = { path: { subscriptionId } }
      const { version } = (await answerOf(api.GET('/api/subscriptions/{subscriptionId}', { params }))).body
      const headers = { 'Idempotency-Key': key, 'If-Match': `"${version}"` }
      if (kind === 'cancel') {
        const body = { at, reason }
        return answerOf(api.POST('/api/subscriptions/{subscriptionId}/cancel', { params, headers, body }))
      }
      const body = { planId: planId ?? '', planVersion, effective: 'period_end' as const }
      return answerOf(api.POST('/api/subscriptions/{subscriptionId}/change', { params, headers, body }))
    },
    { invalidates: useTouched(), onDone },
  )
  const repeats = ({ kind, at }: Change) => kind === 'cancel' || (kind === 'change_plan' && at === currentPeriod.end)
  return { ...command, undoOf: (change: Change) => (repeats(change) ? () => command.mutate(change) : undefined) }
}

/** One act on a subscription as it was seen: another version of it is refused. */
export function useSubscriptionAct({ id: subscriptionId, version }: Subscription, onDone?: () => void) {
  const { api } = useOrganization()
  return useCommand(
    async (act: Act, key) => {
      const params = { path: { subscriptionId } }
      const headers = { 'Idempotency-Key': key, 'If-Match': `"${version}"` }
      switch (act.kind) {
        case 'change':
          return answerOf(api.POST('/api/subscriptions/{subscriptionId}/change', { params, headers, body: act.body }))
        case 'pause':
          return answerOf(api.POST('/api/subscriptions/{subscriptionId}/pause', { params, headers, body: act.body }))
        case 'resume':
          return answerOf(api.POST('/api/subscriptions/{subscriptionId}/resume', { params, headers }))
        case 'cancel':
          return answerOf(api.POST('/api/subscriptions/{subscriptionId}/cancel', { params, headers, body: act.body }))
        case 'drop': {
          const path = { subscriptionId, changeId: act.changeId }
          return answerOf(
            api.DELETE('/api/subscriptions/{subscriptionId}/changes/{changeId}', { params: { path }, headers }),
          )
        }
      }
    },
    { invalidates: useTouched(), onDone },
  )
}

/** What a change of plan would do. Its `at` holds for an hour: before that it is asked again. */
export function useChangePreview(
  { id: subscriptionId, version }: Subscription,
  wanted: ChangeInput | null,
  enabled: boolean,
) {
  const { id, api } = useOrganization()
  return useQuery({
    queryKey: [id, 'change-preview', subscriptionId, version, wanted],
    enabled: enabled && wanted !== null,
    staleTime: PREVIEW_AGE_MAX_MILLISECONDS,
    refetchInterval: PREVIEW_AGE_MAX_MILLISECONDS,
    queryFn: async () => {
      const params = { path: { subscriptionId } }
      const body = wanted as ChangeInput
      return (await answerOf(api.POST('/api/subscriptions/{subscriptionId}/change/preview', { params, body }))).body
    },
  })
}

export function useCreateThreshold({ id: subscriptionId }: Subscription, onDone: () => void) {
  const { id, api } = useOrganization()
  return useCommand(
    async (body: Schemas['ThresholdCreate'], key) => {
      const params = { path: { subscriptionId } }
      const headers = { 'Idempotency-Key': key }
      return answerOf(api.POST('/api/subscriptions/{subscriptionId}/thresholds', { params, body, headers }))
    },
    { invalidates: [[id, 'subscriptions', 'thresholds', subscriptionId]], onDone },
  )
}

export function useDeleteThreshold({ id: subscriptionId }: Subscription) {
  const { id, api } = useOrganization()
  return useCommand(
    async (thresholdId: string, key) => {
      const params = { path: { subscriptionId, thresholdId } }
      const headers = { 'Idempotency-Key': key }
      return answerOf(api.DELETE('/api/subscriptions/{subscriptionId}/thresholds/{thresholdId}', { params, headers }))
    },
    { invalidates: [[id, 'subscriptions', 'thresholds', subscriptionId]] },
  )
}
