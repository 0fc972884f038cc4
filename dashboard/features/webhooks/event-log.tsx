'use client'

import Link from 'next/link'
import { useCallback } from 'react'
import { CodeBlock } from '@/components/code-block'
import { Id } from '@/components/copy'
import { Dialog } from '@/components/dialog'
import { Empty } from '@/components/empty'
import { Filters } from '@/components/filters'
import { Instant } from '@/components/instant'
import { Facts, Panel } from '@/components/panel'
import { ProblemPanel } from '@/components/problem-panel'
import { Skeleton } from '@/components/skeleton'
import { type Column, Table } from '@/components/table'
import { useOrganization } from '@/features/session/organization'
import { useUrlState } from '@/lib/url-state'
import { DispatchBadge } from './dispatch-badge'
import { useDispatches, useEventTypes, useWebhookEvent, useWebhookEvents, type WebhookEvent } from './queries'
import { readWebhooksUrl } from './url-state'

/** Every webhook event by its sequence; one opens with its payload and where its dispatches stand. */
export function EventLog({ openId }: { openId: string | null }) {
  const { zone, path } = useOrganization()
  const [url, change] = useUrlState(readWebhooksUrl)
  const list = useWebhookEvents({ type: url.type ?? undefined, customerId: url.customerId ?? undefined })
  const types = useEventTypes()
  const open = useCallback((to: string) => window.history.pushState(null, '', to + window.location.search), [])
  const columns: readonly Column<WebhookEvent>[] = [
    { head: 'Event', cell: ({ type }) => <span className="code">{type}</span> },
    { head: 'Number', cell: ({ sequence }) => sequence, right: true },
    { head: 'Customer', cell: ({ customerId }) => customerId ?? '–' },
    { head: 'When', cell: ({ createdAt }) => <Instant at={createdAt} zone={zone} seconds />, narrow: 'second' },
  ]
  return (
    <>
      <Filters
        filters={[
          { name: 'type', label: 'Event type', choices: types.data?.data.map(({ name }) => name) ?? [] },
          { name: 'customerId', label: 'Customer' },
        ]}
        values={url}
        onChange={change}
      />
      <Panel flush>
        <Table
          caption="Event log"
          list={list}
          columns={columns}
          rowKey={({ id }) => id}
          href={({ id }) => path(`/webhooks/events/${id}`)}
          onOpen={({ id }) => open(path(`/webhooks/events/${id}`))}
          selected={openId}
          empty={<Empty title="No events">What happens is told here, whether an endpoint chose it or not.</Empty>}
        />
      </Panel>
      <Dialog place="right" title="Webhook event" open={openId !== null} onClose={() => open(path('/webhooks/events'))}>
        {openId && <EventDetail eventId={openId} />}
      </Dialog>
    </>
  )
}

function EventDetail({ eventId }: { eventId: string }) {
  const { zone, path } = useOrganization()
  const event = useWebhookEvent(eventId)
  const dispatches = useDispatches({ eventId })
  if (event.error) return <ProblemPanel what="The event" error={event.error} onRetry={() => void event.refetch()} />
  if (!event.data) return <Skeleton rows={8} />
  const { id, type, sequence, customerId, timestamp, data } = event.data
  return (
    <div className="flex flex-col gap-4">
      <Facts
        facts={[
          ['Type', type],
          ['Id', <Id key="id" id={id} />],
          ['Number', sequence],
          ['Customer', customerId ?? '–'],
          ['Happened', <Instant key="at" at={timestamp} zone={zone} seconds />],
        ]}
      />
      <section className="flex flex-col gap-1" aria-label="Dispatches">
        <h3 className="font-medium">Dispatches</h3>
        {dispatches.rows?.length === 0 && <p className="text-text-2">No endpoint chose this type.</p>}
        <ul className="flex flex-col gap-1">
          {dispatches.rows?.map((each) => (
            <li key={each.id} className="flex items-center gap-2">
              <Link href={path(`/webhooks/dispatches/${each.id}`)} className="link code min-h-6">
                {each.endpointId.slice(0, 11)}…
              </Link>
              <DispatchBadge status={each.status} />
              <span className="text-text-2">
                {each.attempts} attempt{each.attempts === 1 ? '' : 's'}
              </span>
            </li>
          ))}
        </ul>
      </section>
      <section className="flex flex-col gap-1" aria-label="Payload">
        <h3 className="font-medium">Payload</h3>
        <CodeBlock code={JSON.stringify(data, null, 2)} what="payload" />
      </section>
    </div>
  )
}
