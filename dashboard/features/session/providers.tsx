'use client'

import { Tooltip } from '@base-ui/react/tooltip'
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { problemOf } from '@/lib/api/problem'

const ATTEMPTS_MAX = 3

function leaveForSignIn(): void {
  const { pathname, search } = window.location
  window.location.assign(`/sign-in?next=${encodeURIComponent(pathname + search)}`)
}

function makeClient(): QueryClient {
  // A session that has ended leads to sign-in and back, whether it was asked or told something.
  const onError = (error: Error) => {
    const { status, code } = problemOf(error)
    if (status === 401 && code !== 'invalid_credentials') leaveForSignIn()
  }
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 2000,
        refetchIntervalInBackground: false,
        retry: (made, error) => problemOf(error).passing && made < ATTEMPTS_MAX,
        retryDelay: (made, error) => (problemOf(error).retryAfterSeconds ?? 2 ** made) * 1000,
      },
    },
  })
}

/** The query cache of one organization; another organization gets another one. */
export function Providers({ children }: { children: ReactNode }) {
  const [client] = useState(makeClient)
  return (
    <QueryClientProvider client={client}>
      <Tooltip.Provider delay={200}>{children}</Tooltip.Provider>
    </QueryClientProvider>
  )
}
