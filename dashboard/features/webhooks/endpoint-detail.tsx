'use client'

import { Id } from '@/components/copy'
import { Instant } from '@/components/instant'
import { PageHead } from '@/components/page-head'
import { Facts, Panel } from '@/components/panel'
import { Limited } from '@/components/permitted'
import { ProblemPanel } from '@/components/problem-panel'
import { Skeleton } from '@/components/skeleton'
import { useOrganization } from '@/features/session/organization'
import { DeliveryChart } from './delivery-chart'
import { DeliveryStrip } from './delivery-strip'
import { DispatchList } from './dispatch-list'
import { EndpointActions } from './endpoint-actions'
import { EndpointBadge } from './endpoint-badge'
import { hostOf, successRate, whyDisabled } from './facts'
import { Ping } from './ping'
import { type Endpoint, useDeliveryWindows, useEndpoint } from './queries'
import { SecretPanel } from './secret-panel'

/** One endpoint: its state, how it fares, its secret, and what was to be sent to it. */
export function EndpointDetail({ endpointId }: { endpointId: string }) {
  const { may } = useOrganization()
  return may('webhooks:read') ? <Shown endpointId={endpointId} /> : <Limited scope="webhooks:read" />
}

function Shown({ endpointId }: { endpointId: string }) {
  const { path, zone } = useOrganization()
  const found = useEndpoint(endpointId)
  const windows = useDeliveryWindows(endpointId)
  if (!found.data && found.error) {
    return <ProblemPanel what="The endpoint" error={found.error} onRetry={() => void found.refetch()} />
  }
  if (!found.data) return <Skeleton rows={8} />
  const endpoint = found.data
  const why = whyDisabled(endpoint)
  return (
    <>
      <PageHead
        title={hostOf(endpoint.url)}
        badge={<EndpointBadge endpoint={endpoint} />}
        crumb={{ label: 'Webhooks', href: path('/webhooks') }}
      >
        <EndpointActions endpoint={endpoint} />
      </PageHead>
      <div className="grid gap-4 py-4 xl:grid-cols-[minmax(0,1fr)_320px]">
        <div className="flex min-w-0 flex-col gap-4">
          {why && <p className="rounded-control border border-border bg-warning-bg px-3 py-2 text-warning">{why}</p>}
          <Ping endpoint={endpoint} />
          <Panel title="Last 24 hours">
            <DeliveryChart windows={windows.data?.data ?? []} zone={zone} />
          </Panel>
          <DeliveryStrip endpointId={endpointId} />
          <DispatchList endpointId={endpointId} />
        </div>
        <div className="flex flex-col gap-4">
          <EndpointFacts endpoint={endpoint} zone={zone} />
          <SecretPanel endpoint={endpoint} />
        </div>
      </div>
    </>
  )
}

function EndpointFacts({ endpoint, zone }: { endpoint: Endpoint; zone: string }) {
  const { health, headers, eventTypes, failing } = { ...endpoint, failing: endpoint.health.failingSince }
  return (
    <Panel title="Facts">
      <Facts
        facts={[
          [
            'URL',
            <span key="url" className="code break-all">
              {endpoint.url}
            </span>,
          ],
          ['Id', <Id key="id" id={endpoint.id} />],
          ...(endpoint.description ? ([['Description', endpoint.description]] as const) : []),
          ['Events', eventTypes.includes('*') ? 'All' : eventTypes.join(', ')],
          ['24 hours', successRate(health.succeeded24h, health.failed24h)],
          ['Parked', health.parked],
          ['Failing since', failing ? <Instant key="failing" at={failing} zone={zone} /> : '–'],
          ['Headers', Object.keys(headers).join(', ') || '–'],
          ['At most', endpoint.ratePerSecond ? `${endpoint.ratePerSecond} a second` : 'no limit of rate'],
          ['At a time', endpoint.concurrency],
          ['Created', <Instant key="created" at={endpoint.createdAt} zone={zone} />],
        ]}
      />
    </Panel>
  )
}
