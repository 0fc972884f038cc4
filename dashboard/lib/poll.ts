'use client'

import { type QueryKey, useQuery } from '@tanstack/react-query'
import { answerOf } from './api/problem'

type Call<Body> = Promise<{ data?: Body; error?: unknown; response: Response }>

/** One object of the API; `interval` polls while the tab is seen. */
export function useOne<Body>(
  queryKey: QueryKey,
  call: () => Call<Body>,
  { interval, enabled = true }: { interval?: number; enabled?: boolean } = {},
) {
  return useQuery({
    queryKey,
    enabled,
    queryFn: async () => (await answerOf(call())).body,
    refetchInterval: interval ?? false,
  })
}
