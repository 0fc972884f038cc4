'use client'

import { useState } from 'react'
import { Empty } from '@/components/empty'
import { Filters } from '@/components/filters'
import { Instant } from '@/components/instant'
import { Panel } from '@/components/panel'
import { PermittedButton } from '@/components/permitted'
import { type Column, Table } from '@/components/table'
import { useOrganization } from '@/features/session/organization'
import { formatInstant } from '@/lib/time'
import { toast } from '@/lib/toasts'
import { useUrlState } from '@/lib/url-state'
import { useReplayChosen, useReplayDispatch } from './commands'
import { DispatchBadge } from './dispatch-badge'
import { type Dispatch, useDispatches } from './queries'
import { readWebhooksUrl, STATUSES } from './url-state'

function toggled(before: ReadonlySet<string>, keys: readonly string[]): ReadonlySet<string> {
  const next = new Set(before)
  for (const key of keys) if (!next.delete(key)) next.add(key)
  return next
}

/** What was to be sent to an endpoint, and where each stands. */
export function DispatchList({ endpointId }: { endpointId: string }) {
  const { path, zone } = useOrganization()
  const [url, change] = useUrlState(readWebhooksUrl)
  const list = useDispatches({ endpointId, status: url.status ?? undefined, eventType: url.type ?? undefined })
  const { may } = useOrganization()
  const replay = useReplayDispatch()
  const [marked, setChosen] = useState<ReadonlySet<string>>(new Set())
  // Those that another filter hides are not meant.
  const chosen = new Set(list.rows?.map(({ id }) => id).filter((id) => marked.has(id)))
  const replayChosen = useReplayChosen((sent) => {
    setChosen(new Set())
    toast({ text: `${sent} ${sent === 1 ? 'dispatch is' : 'dispatches are'} sent again.` })
  })
  const error = replay.error ?? replayChosen.error
  const columns: readonly Column<Dispatch>[] = [
    { head: 'Event', cell: ({ eventType }) => <span className="code">{eventType}</span> },
    { head: 'When', cell: ({ createdAt }) => <Instant at={createdAt} zone={zone} seconds /> },
    { head: 'State', cell: ({ status }) => <DispatchBadge status={status} />, narrow: 'second' },
    { head: 'Attempts', cell: ({ attempts }) => attempts },
    {
      head: 'Actions',
      narrow: 'beside',
      cell: ({ id }) => (
        <PermittedButton
          scope="webhooks:write"
          kind="quiet"
          busy={replay.isPending && replay.variables === id}
          onClick={() => replay.mutate(id)}
        >
          Replay
        </PermittedButton>
      ),
      right: true,
    },
  ]
  return (
    <Panel
      title="Dispatches"
      flush
      aside={
        chosen.size > 0 && (
          <PermittedButton
            scope="webhooks:write"
            busy={replayChosen.isPending}
            onClick={() => replayChosen.mutate([...chosen])}
          >
            Replay {chosen.size} chosen
          </PermittedButton>
        )
      }
    >
      <div className="px-4">
        <Filters
          filters={[
            { name: 'status', label: 'State', choices: STATUSES },
            { name: 'type', label: 'Event type' },
          ]}
          values={url}
          onChange={change}
        />
        {error && (
          <p role="alert" className="pb-3 text-danger">
            {error.detail}
          </p>
        )}
      </div>
      <Table
        caption="Dispatches"
        list={list}
        columns={columns}
        rowKey={({ id }) => id}
        href={({ id }) => path(`/webhooks/dispatches/${id}`)}
        choice={
          may('webhooks:write')
            ? {
                chosen,
                of: ({ eventType, createdAt }) => `${eventType} of ${formatInstant(createdAt, zone, true)}`,
                onToggle: (keys) => setChosen((before) => toggled(before, keys)),
              }
            : undefined
        }
        empty={<Empty title="No dispatches">Send a ping to see whether it gets through.</Empty>}
      />
    </Panel>
  )
}
