import { useOrganization } from '@/features/session/organization'
import { answerOf } from '@/lib/api/problem'
import type { components } from '@/lib/api/schema'
import { useCommand } from '@/lib/command'
import { type List, useList } from '@/lib/list'
import { useOne } from '@/lib/poll'

export type Entry = components['schemas']['AuditEntryModel']
export type EntryFilters = { action?: string; targetType?: string; targetId?: string; outcome?: 'done' | 'refused' }

export function useAuditLog(filters: EntryFilters): List<Entry> {
  const { id, api } = useOrganization()
  return useList(
    [id, 'audit-log', filters],
    (cursor) => api.GET('/api/audit-logs', { params: { query: { ...filters, limit: 50, cursor } } }),
    { interval: 10_000 },
  )
}

export function useEntry(entryId: string) {
  const { id, api } = useOrganization()
  return useOne([id, 'audit-log', 'one', entryId], () =>
    api.GET('/api/audit-logs/{entryId}', { params: { path: { entryId } } }),
  )
}

/** Recomputes the whole chain. */
export function useVerifyChain() {
  const { api } = useOrganization()
  return useCommand(async (_: undefined) => (await answerOf(api.POST('/api/audit-logs/verify'))).body)
}
