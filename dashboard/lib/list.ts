'use client'

import { type InfiniteData, type QueryKey, useInfiniteQuery } from '@tanstack/react-query'
import { answerOf } from './api/problem'

type Page<Row> = { data: Row[]; nextCursor?: string | null }
type Call<Row> = Promise<{ data?: Page<Row>; error?: unknown; response: Response }>

export type List<Row> = {
  rows: Row[] | undefined
  error: unknown
  fetching: boolean
  stale: boolean
  updatedAt: number
  more: boolean
  loadingMore: boolean
  loadMore: () => void
  retry: () => void
}

/** A list of the API, page by page along its cursor. `interval` polls while the tab is seen; failures slow it down. */
export function useList<Row>(
  queryKey: QueryKey,
  page: (cursor: string | undefined) => Call<Row>,
  { interval, enabled = true }: { interval?: number; enabled?: boolean } = {},
): List<Row> {
  const query = useInfiniteQuery<Page<Row>, Error, InfiniteData<Page<Row>>, QueryKey, string | undefined>({
    queryKey,
    enabled,
    initialPageParam: undefined,
    queryFn: async ({ pageParam }) => (await answerOf(page(pageParam))).body,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
    // Another filter keeps the old rows until the new ones are there.
    placeholderData: (previous) => previous,
    refetchInterval: ({ state }) =>
      interval ? Math.min(interval * 2 ** state.fetchFailureCount, Math.max(interval, 60_000)) : false,
  })
  return {
    rows: query.data?.pages.flatMap(({ data }) => data),
    error: query.error,
    fetching: query.isFetching && !query.isFetchingNextPage,
    stale: query.isPlaceholderData,
    updatedAt: query.dataUpdatedAt,
    more: query.hasNextPage,
    loadingMore: query.isFetchingNextPage,
    loadMore: () => void query.fetchNextPage(),
    retry: () => void query.refetch(),
  }
}
