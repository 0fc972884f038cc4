import { useOrganization } from '@/features/session/organization'
import type { components } from '@/lib/api/schema'
import { type List, useList } from '@/lib/list'
import { useOne } from '@/lib/poll'

export type Plan = components['schemas']['PlanBody']
export type Version = NonNullable<Plan['current']>
export type Charge = Version['charges'][number]

export function usePlans(filters: { status?: 'draft' | 'active' | 'archived' }): List<Plan> {
  const { id, api } = useOrganization()
  return useList(
    [id, 'plans', filters],
    (cursor) => api.GET('/api/plans', { params: { query: { ...filters, limit: 50, cursor } } }),
    { interval: 30_000 },
  )
}

export function usePlan(planId: string, enabled = true) {
  const { id, api } = useOrganization()
  return useOne([id, 'plans', 'one', planId], () => api.GET('/api/plans/{planId}', { params: { path: { planId } } }), {
    enabled,
  })
}

/** Published versions, the newest first. */
export function useVersions(planId: string): List<Version> {
  const { id, api } = useOrganization()
  return useList([id, 'plans', 'versions', planId], (cursor) =>
    api.GET('/api/plans/{planId}/versions', { params: { path: { planId }, query: { limit: 50, cursor } } }),
  )
}

export function useVersion(planId: string, number: number | null) {
  const { id, api } = useOrganization()
  return useOne(
    [id, 'plans', 'version', planId, number],
    () => api.GET('/api/plans/{planId}/versions/{number}', { params: { path: { planId, number: String(number) } } }),
    { enabled: number !== null },
  )
}
