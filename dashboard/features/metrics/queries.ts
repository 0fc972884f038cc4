import { useOrganization } from '@/features/session/organization'
import { answerOf } from '@/lib/api/problem'
import type { components } from '@/lib/api/schema'
import { useCommand } from '@/lib/command'
import { type List, useList } from '@/lib/list'
import { useOne } from '@/lib/poll'

export type Metric = components['schemas']['MetricView']
export type MetricInput = components['schemas']['MetricInput']

export function useMetrics(filters: { status?: string; code?: string } = {}, limit = 50): List<Metric> {
  const { id, api } = useOrganization()
  return useList(
    [id, 'metrics', filters, limit],
    (cursor) => api.GET('/api/metrics', { params: { query: { ...filters, limit, cursor } } }),
    { interval: 30_000 },
  )
}

export function useMetric(metricId: string) {
  const { id, api } = useOrganization()
  return useOne([id, 'metrics', 'one', metricId], () =>
    api.GET('/api/metrics/{metricId}', { params: { path: { metricId } } }),
  )
}

export function useCreateMetric(onDone?: (metric: Metric) => void) {
  const { id, api } = useOrganization()
  return useCommand(
    async (metric: MetricInput, key) =>
      (await answerOf(api.POST('/api/metrics', { body: metric, headers: { 'Idempotency-Key': key } }))).body,
    { invalidates: [[id, 'metrics']], onDone },
  )
}
