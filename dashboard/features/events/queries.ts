import { useQuery } from '@tanstack/react-query'
import { useOrganization } from '@/features/session/organization'
import { answerOf } from '@/lib/api/problem'
import type { components } from '@/lib/api/schema'
import { type List, useList } from '@/lib/list'
import { useOne } from '@/lib/poll'

export type Event = components['schemas']['EventAnswer']
export type Conflict = components['schemas']['ConflictAnswer']
export type RejectedEvent = components['schemas']['RejectedEventView']

export type EventFilters = {
  metric?: string
  customerId?: string
  status?: string
  receivedFrom?: string
  receivedTo?: string
  timestampFrom?: string
  timestampTo?: string
  backfillId?: string
}
export type RejectedFilters = { code?: string; metric?: string; customerId?: string; receivedFrom?: string }

const POLL = 2000

export function useEvents(filters: EventFilters, paused = false, limit = 50): List<Event> {
  const { id, api } = useOrganization()
  return useList(
    [id, 'events', filters, limit],
    (cursor) => api.GET('/api/events', { params: { query: { ...filters, limit, cursor } } }),
    { interval: paused ? undefined : POLL },
  )
}

/** One event. One that was just sent may not be counted yet: then it is asked for again, for ten seconds. */
export function useEvent(eventId: string) {
  const { id, api } = useOrganization()
  return useQuery({
    queryKey: [id, 'events', 'one', eventId],
    queryFn: async () => (await answerOf(api.GET('/api/events/{eventId}', { params: { path: { eventId } } }))).body,
    retry: (made, error) => 'status' in error && error.status === 404 && made < 10,
    retryDelay: 1000,
  })
}

export function useRejectedEvents(filters: RejectedFilters, paused = false, limit = 50): List<RejectedEvent> {
  const { id, api } = useOrganization()
  return useList(
    [id, 'rejected-events', filters, limit],
    (cursor) => api.GET('/api/rejected-events', { params: { query: { ...filters, limit, cursor } } }),
    { interval: paused ? undefined : POLL },
  )
}

export function useRejectedEvent(rejectedEventId: string) {
  const { id, api } = useOrganization()
  return useQuery({
    queryKey: [id, 'rejected-events', 'one', rejectedEventId],
    queryFn: async () =>
      (await answerOf(api.GET('/api/rejected-events/{rejectedEventId}', { params: { path: { rejectedEventId } } })))
        .body,
  })
}

export function useConflicts(filters: { kind?: string; customerId?: string }, paused = false): List<Conflict> {
  const { id, api } = useOrganization()
  return useList(
    [id, 'conflicts', filters],
    (cursor) => api.GET('/api/conflicts', { params: { query: { ...filters, limit: 50, cursor } } }),
    { interval: paused ? undefined : POLL },
  )
}

export function useConflict(conflictId: string) {
  const { id, api } = useOrganization()
  return useOne([id, 'conflicts', 'one', conflictId], () =>
    api.GET('/api/conflicts/{conflictId}', { params: { path: { conflictId } } }),
  )
}
