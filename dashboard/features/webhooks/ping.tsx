'use client'

import Link from 'next/link'
import { PermittedButton } from '@/components/permitted'
import { useOrganization } from '@/features/session/organization'
import { usePing } from './commands'
import type { Endpoint } from './queries'

/** Sends a ping, and says in place what came of it. */
export function Ping({ endpoint }: { endpoint: Endpoint }) {
  const { path } = useOrganization()
  const ping = usePing(endpoint.id)
  const attempt = ping.data?.deliveries[0]
  return (
    <div className="flex flex-wrap items-center gap-3">
      <PermittedButton
        scope="webhooks:write"
        unless={endpoint.status === 'disabled' ? 'A disabled endpoint is sent nothing. Enable it first.' : null}
        busy={ping.isPending}
        onClick={() => ping.mutate(undefined)}
      >
        Send ping
      </PermittedButton>
      <span role="status" className={attempt?.outcome === 'succeeded' ? 'text-success' : 'text-danger'}>
        {ping.error?.detail}
        {attempt &&
          (attempt.outcome === 'succeeded'
            ? `Answered ${attempt.statusCode} in ${attempt.durationMs} ms. `
            : `${attempt.statusCode ? `Answered ${attempt.statusCode}. ` : ''}${attempt.errorDetail} `)}
        {ping.data && !attempt && 'No attempt within 10 s; it goes on. '}
        {ping.data && (
          <Link href={path(`/webhooks/dispatches/${ping.data.id}`)} className="link">
            See the dispatch
          </Link>
        )}
      </span>
    </div>
  )
}
