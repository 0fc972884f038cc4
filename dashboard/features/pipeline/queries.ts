import { useQuery } from '@tanstack/react-query'
import { useOrganization } from '@/features/session/organization'
import { answerOf } from '@/lib/api/problem'
import type { components } from '@/lib/api/schema'
import { useOne } from '@/lib/poll'

export type Run = components['schemas']['RunBody']
export type Counting = { countedThrough: string | null; eventsPerSecond: string; counted: number; answeredAt: number }

const POLL = 10_000
const HOUR = 3_600_000

/** How counting goes, by the API's clock: the last hour's events, and up to when all are counted. */
export function useCounting() {
  const { id, api, may } = useOrganization()
  return useQuery({
    queryKey: [id, 'analytics', 'counting'],
    enabled: may('events:read'),
    refetchInterval: ({ state }) => Math.min(POLL * 2 ** state.fetchFailureCount, 60_000),
    queryFn: async (): Promise<Counting> => {
      const to = new Date()
      const query = {
        from: new Date(to.getTime() - HOUR).toISOString(),
        to: to.toISOString(),
        windowSize: 'none' as const,
      }
      const { body, response } = await answerOf(api.GET('/api/analytics/events', { params: { query } }))
      const { countedThrough, eventsPerSecond, data } = body
      const answeredAt = Date.parse(response.headers.get('date') ?? '')
      return { countedThrough, eventsPerSecond, answeredAt, counted: data.reduce((sum, row) => sum + row.counted, 0) }
    },
  })
}

/** The newest billing run; null where there was none. */
export function useLastRun() {
  const { id, api, may } = useOrganization()
  return useOne([id, 'billing-runs', 'last'], () => api.GET('/api/billing-runs', { params: { query: { limit: 1 } } }), {
    interval: POLL,
    enabled: may('invoices:read'),
  })
}
