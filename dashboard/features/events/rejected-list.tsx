'use client'

import { useCallback } from 'react'
import { Badge } from '@/components/badge'
import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { Empty } from '@/components/empty'
import { Filters } from '@/components/filters'
import { Instant } from '@/components/instant'
import { Panel } from '@/components/panel'
import { type Column, Table } from '@/components/table'
import { useOrganization } from '@/features/session/organization'
import { useUrlState } from '@/lib/url-state'
import { goTo, useWalk } from '@/lib/walk'
import { type RejectedEvent, useRejectedEvents } from './queries'
import { Refusals } from './refusals'
import { RejectedDetail } from './rejected-detail'
import { readEventsUrl } from './url-state'

/** What was refused, and why. */
export function RejectedList({ openId, paused }: { openId: string | null; paused: boolean }) {
  const { path, zone } = useOrganization()
  const [url, change] = useUrlState(readEventsUrl)
  const filtered = Boolean(url.metric || url.customerId || url.code)
  const list = useRejectedEvents(
    { metric: url.metric ?? undefined, customerId: url.customerId ?? undefined, code: url.code ?? undefined },
    paused,
  )
  const open = useCallback((rejectedId: string) => goTo(path(`/events/rejected/${rejectedId}`)), [path])
  useWalk(list.rows?.map(({ id }) => id) ?? [], openId, open)
  const columns: readonly Column<RejectedEvent>[] = [
    { head: 'Received', cell: ({ receivedAt }) => <Instant at={receivedAt} zone={zone} seconds /> },
    { head: 'Code', cell: ({ code }) => <Badge tone="danger">{code}</Badge>, narrow: 'second' },
    { head: 'Why', cell: ({ detail }) => detail },
    { head: 'Key', cell: ({ idempotencyKey }) => <span className="code">{idempotencyKey ?? '–'}</span> },
  ]
  return (
    <>
      <Refusals code={url.code} onChoose={(code) => change({ code })} />
      <Filters
        filters={[
          { name: 'code', label: 'Code' },
          { name: 'metric', label: 'Metric' },
          { name: 'customerId', label: 'Customer' },
        ]}
        values={url}
        onChange={change}
      />
      <Panel flush>
        <Table
          caption="Rejected events"
          list={list}
          columns={columns}
          rowKey={({ id }) => id}
          href={({ id }) => path(`/events/rejected/${id}`)}
          onOpen={({ id }) => open(id)}
          selected={openId}
          empty={
            filtered ? (
              <Empty
                title="No rejected events with these filters"
                action={
                  <Button onClick={() => change({ metric: null, customerId: null, code: null })}>Clear filters</Button>
                }
              />
            ) : (
              <Empty title="Nothing was refused">
                Events that cannot be counted stand here for 35 days, with the reason and the body as it was sent.
              </Empty>
            )
          }
        />
      </Panel>
      <Dialog
        place="right"
        title="Rejected event"
        open={openId !== null}
        onClose={() => goTo(path('/events/rejected'))}
      >
        {openId && <RejectedDetail rejectedEventId={openId} />}
      </Dialog>
    </>
  )
}
