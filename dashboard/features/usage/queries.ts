import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useOrganization } from '@/features/session/organization'
import type { Api } from '@/lib/api/client'
import { answerOf } from '@/lib/api/problem'
import type { components, paths } from '@/lib/api/schema'

export type Usage = components['schemas']['UsageAnswer']
export type UsageRow = components['schemas']['UsageRow']
export type UsageQuery = paths['/api/usage']['get']['parameters']['query']
/** `answeredAt`: the API's clock, which alone decides how far behind counting is. */
export type AnsweredUsage = { usage: Usage; answeredAt: number }

export const ROWS_MAX = 10_000
const POLL = 10_000

async function readUsage(api: Api, query: UsageQuery): Promise<AnsweredUsage> {
  const { body, response } = await answerOf(api.GET('/api/usage', { params: { query } }))
  return { usage: body, answeredAt: Date.parse(response.headers.get('date') ?? '') }
}

/** Usage of a range; another question keeps the old answer until the new one is there. */
export function useUsage(query: UsageQuery | null, running: boolean) {
  const { id, api } = useOrganization()
  return useQuery({
    queryKey: [id, 'usage', query],
    enabled: query !== null,
    queryFn: () => readUsage(api, query as UsageQuery),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (running ? Math.min(POLL * 2 ** state.fetchFailureCount, 60_000) : false),
  })
}

/** Every row of a question, along its cursor to the end, with the row of the period before where one was asked for. */
export async function readWholeUsage(api: Api, query: UsageQuery): Promise<Usage[]> {
  const pages: Usage[] = []
  let cursor: string | undefined
  do {
    const { usage } = await readUsage(api, { ...query, limit: ROWS_MAX, cursor })
    pages.push(usage)
    cursor = usage.nextCursor ?? undefined
  } while (cursor)
  return pages
}
