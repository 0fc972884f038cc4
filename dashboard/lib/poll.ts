'use client'

import { type QueryKey, useQuery } from '@tanstack/react-query'
import { answerOf } from './api/problem'

type Options<Body> = { interval?: number | ((last: Body | undefined) => number); enabled?: boolean }
type Call<Body> = Promise<{ data?: Body; error?: unknown; response: Response }>

/** One object of the API; `interval`, which may depend on what was answered last, polls while the tab is seen. */
export function useOne<Body>(
  queryKey: QueryKey,
  call: () => Call<Body>,
  { interval, enabled = true }: Options<Body> = {},
) {
  return useQuery({
    queryKey,
    enabled,
    queryFn: async () => (await answerOf(call())).body,
    refetchInterval: ({ state }) => (typeof interval === 'function' ? interval(state.data) : interval) ?? false,
  })
}
