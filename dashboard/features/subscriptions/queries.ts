import { useOrganization } from '@/features/session/organization'
import type { components } from '@/lib/api/schema'
import { type List, useList } from '@/lib/list'
import { useOne } from '@/lib/poll'

export type Subscription = components['schemas']['SubscriptionBody']
export type Change = components['schemas']['ChangeBody']
export type SubscriptionStatus = Subscription['status']
export type SubscriptionFilters = { customerId?: string; planId?: string; status?: SubscriptionStatus }

export function useSubscriptions(filters: SubscriptionFilters, limit = 50): List<Subscription> {
  const { id, api } = useOrganization()
  return useList(
    [id, 'subscriptions', filters, limit],
    (cursor) => api.GET('/api/subscriptions', { params: { query: { ...filters, limit, cursor } } }),
    { interval: 30_000 },
  )
}

export function useSubscription(subscriptionId: string) {
  const { id, api } = useOrganization()
  return useOne(
    [id, 'subscriptions', 'one', subscriptionId],
    () => api.GET('/api/subscriptions/{subscriptionId}', { params: { path: { subscriptionId } } }),
    { interval: 30_000 },
  )
}

/** Past and scheduled changes, the latest first. */
export function useChanges(subscriptionId: string) {
  const { id, api } = useOrganization()
  return useList([id, 'subscriptions', 'changes', subscriptionId], (cursor) =>
    api.GET('/api/subscriptions/{subscriptionId}/changes', {
      params: { path: { subscriptionId }, query: { limit: 50, cursor } },
    }),
  )
}

export function useThresholds(subscriptionId: string) {
  const { id, api } = useOrganization()
  return useOne([id, 'subscriptions', 'thresholds', subscriptionId], () =>
    api.GET('/api/subscriptions/{subscriptionId}/thresholds', { params: { path: { subscriptionId } } }),
  )
}
