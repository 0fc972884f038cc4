'use client'

import Link from 'next/link'
import { useEffect, useState } from 'react'
import { Empty } from '@/components/empty'
import { Instant } from '@/components/instant'
import { PageHead } from '@/components/page-head'
import { Facts, Panel } from '@/components/panel'
import { Limited, PermittedButton } from '@/components/permitted'
import { ProblemPanel } from '@/components/problem-panel'
import { Skeleton } from '@/components/skeleton'
import { type Column, Table } from '@/components/table'
import { useOrganization } from '@/features/session/organization'
import { formatSpan } from '@/lib/time'
import { useReplayDispatch } from './commands'
import { DispatchBadge } from './dispatch-badge'
import { type Delivery, useDeliveries, useDispatch } from './queries'

const SCHEDULE = 'At once, then 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h after the attempt before.'

/** One event for one endpoint: the ladder of its attempts, the next one, and Replay. */
export function DispatchDetail({ dispatchId }: { dispatchId: string }) {
  const { may } = useOrganization()
  return may('webhooks:read') ? <Shown dispatchId={dispatchId} /> : <Limited scope="webhooks:read" />
}

function Shown({ dispatchId }: { dispatchId: string }) {
  const { path, zone } = useOrganization()
  const found = useDispatch(dispatchId)
  const replay = useReplayDispatch()
  if (found.error) return <ProblemPanel what="The dispatch" error={found.error} onRetry={() => void found.refetch()} />
  if (!found.data) return <Skeleton rows={8} />
  const { status, eventType, eventId, endpointId, nextAttemptAt, createdAt, completedAt } = found.data
  return (
    <>
      <PageHead
        title={eventType}
        badge={<DispatchBadge status={status} />}
        crumb={{ label: 'Endpoint', href: path(`/webhooks/endpoints/${endpointId}`) }}
      >
        <PermittedButton
          scope="webhooks:write"
          kind="primary"
          busy={replay.isPending}
          onClick={() => replay.mutate(dispatchId)}
        >
          Replay
        </PermittedButton>
      </PageHead>
      <div className="grid gap-4 py-4 xl:grid-cols-[1fr_320px]">
        <div className="flex flex-col gap-4">
          {replay.error && (
            <p role="alert" className="text-danger">
              {replay.error.detail}
            </p>
          )}
          {nextAttemptAt && (
            <p role="status" className="text-text-2">
              <Countdown to={nextAttemptAt} />
            </p>
          )}
          <Ladder dispatchId={dispatchId} />
          <p className="text-text-2">{SCHEDULE}</p>
        </div>
        <Panel title="Facts">
          <Facts
            facts={[
              [
                'Event',
                <Link key="event" href={path(`/webhooks/events/${eventId}`)} className="link">
                  See its payload
                </Link>,
              ],
              ['Created', <Instant key="created" at={createdAt} zone={zone} seconds />],
              ['Ended', completedAt ? <Instant key="ended" at={completedAt} zone={zone} seconds /> : '–'],
            ]}
          />
        </Panel>
      </div>
    </>
  )
}

function Countdown({ to }: { to: string }) {
  const [now, setNow] = useState(Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  const rest = Date.parse(to) - now
  return rest > 0 ? `Next attempt in ${formatSpan(rest)}.` : 'The next attempt is due now.'
}

function Ladder({ dispatchId }: { dispatchId: string }) {
  const { path, zone } = useOrganization()
  const list = useDeliveries({ dispatchId })
  const slowest = Math.max(1, ...(list.rows ?? []).map(({ durationMs }) => durationMs))
  const columns: readonly Column<Delivery>[] = [
    { head: 'Attempt', cell: ({ attempt, outcome }) => `${attempt}, ${outcome}` },
    { head: 'When', cell: ({ createdAt }) => <Instant at={createdAt} zone={zone} seconds /> },
    { head: 'Answer', cell: ({ statusCode, errorCode }) => statusCode ?? errorCode ?? '–', narrow: 'second' },
    {
      head: 'Took',
      cell: ({ durationMs, outcome }) => (
        <span className="flex items-center justify-end gap-2">
          <span
            aria-hidden
            className={`h-2 rounded-control max-md:hidden ${outcome === 'succeeded' ? 'bg-success' : 'bg-danger'}`}
            style={{ width: `${Math.max(2, (durationMs / slowest) * 96)}px` }}
          />
          {durationMs} ms
        </span>
      ),
      right: true,
    },
  ]
  return (
    <Panel title="Attempts" flush>
      <Table
        caption="Attempts"
        list={list}
        columns={columns}
        rowKey={({ id }) => id}
        href={({ id }) => path(`/webhooks/deliveries/${id}`)}
        expected={2}
        empty={<Empty title="Not tried yet" />}
      />
    </Panel>
  )
}
