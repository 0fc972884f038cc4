'use client'

import Link from 'next/link'
import { useCallback } from 'react'
import { Button, buttonLooks } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { Empty } from '@/components/empty'
import { Filters } from '@/components/filters'
import { Instant } from '@/components/instant'
import { Panel } from '@/components/panel'
import { type Column, Table } from '@/components/table'
import { useOrganization } from '@/features/session/organization'
import { formatCount, formatDecimal } from '@/lib/decimal'
import { formatClock, formatSpan } from '@/lib/time'
import { useUrlState } from '@/lib/url-state'
import { goTo, useWalk } from '@/lib/walk'
import { Arrivals } from './arrivals'
import { EventBadge } from './event-badge'
import { EventDetail } from './event-detail'
import { useHeldRows } from './held-rows'
import { type Event, useEvents } from './queries'
import { readEventsUrl } from './url-state'
import { type Gap, useGap } from './use-gap'

/** Filters that come with a link, and are shown only then. */
const LINKED = [
  ['receivedFrom', 'Received from'],
  ['receivedTo', 'Received before'],
  ['timestampFrom', 'Time from'],
  ['timestampTo', 'Time before'],
  ['backfillId', 'Backfill'],
] as const
const LATE_MILLISECONDS = 60_000
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

function useColumns(): readonly Column<Event>[] {
  const { zone } = useOrganization()
  return [
    { head: 'Received', cell: ({ receivedAt }) => <Instant at={receivedAt} zone={zone} seconds /> },
    { head: 'Metric', cell: ({ metric }) => <span className="code">{metric}</span>, narrow: 'second' },
    { head: 'Customer', cell: ({ customerId }) => <span className="code">{customerId}</span> },
    { head: 'Properties', cell: ({ properties }) => <Properties of={properties} /> },
    { head: 'Event time', cell: (event) => <EventTime event={event} /> },
    { head: 'State', cell: (event) => <EventBadge event={event} />, narrow: 'second' },
    { head: 'Amount', cell: ({ amount }) => formatDecimal(amount), right: true },
  ]
}

function EventTime({ event }: { event: Event }) {
  const { zone } = useOrganization()
  const late = Date.parse(event.receivedAt) - Date.parse(event.timestamp)
  if (Math.abs(late) < LATE_MILLISECONDS) return <span className="text-text-3">–</span>
  return (
    <span>
      <Instant at={event.timestamp} zone={zone} />{' '}
      <span className="text-warning">
        {formatSpan(late)} {late > 0 ? 'late' : 'ahead'}
      </span>
    </span>
  )
}

function Properties({ of }: { of: Record<string, unknown> }) {
  const pairs = Object.entries(of)
  if (pairs.length === 0) return <span className="text-text-3">–</span>
  return (
    <span className="flex flex-wrap gap-1">
      {pairs.slice(0, 3).map(([name, value]) => (
        <span key={name} className="code max-w-48 truncate rounded bg-neutral-bg px-1">
          {name}={String(value)}
        </span>
      ))}
      {pairs.length > 3 && <span className="text-text-3">+{pairs.length - 3}</span>}
    </span>
  )
}

/** More came at once than an answer holds: the rest is a click away. */
function GapLine({ gap, onOpen }: { gap: Gap; onOpen: () => void }) {
  const { zone } = useOrganization()
  return (
    <span role="status" className="text-warning">
      More events came between {formatClock(gap.from, zone)} and {formatClock(gap.to, zone)} than are listed.{' '}
      <button type="button" className="link min-h-6" onClick={onOpen}>
        Open that span
      </button>
    </span>
  )
}

/** New rows that wait until the pointer leaves the list, or until they are asked for. */
function Waiting({ count, more, onShow }: { count: number; more: boolean; onShow: () => void }) {
  if (count === 0) return null
  return (
    <div className="pointer-events-none absolute inset-x-0 top-10 z-10 flex justify-center">
      <Button onClick={onShow} className="pointer-events-auto rounded-full shadow-float">
        {formatCount(count)}
        {more ? ' or more' : ''} new {count === 1 ? 'event' : 'events'}
      </Button>
    </div>
  )
}

export function EventList({ openId, paused }: { openId: string | null; paused: boolean }) {
  const { path } = useOrganization()
  const [url, change] = useUrlState(readEventsUrl)
  const filtered = Object.values(url).some(Boolean)
  const { code: _, ...given } = url
  const filters = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value ?? undefined]))
  const list = useEvents(filters, paused)
  const open = useCallback((eventId: string) => goTo(path(`/events/${eventId}`)), [path])
  useWalk(list.rows?.map(({ eventId }) => eventId) ?? [], openId, open)
  const columns = useColumns()
  const { gap, close: closeGap } = useGap(list.stale ? undefined : list.rows, JSON.stringify(url))
  const openGap = () => {
    if (!gap) return
    // The end of a span is not in it: the newest of its events came in the millisecond before.
    const to = new Date(Date.parse(gap.to) + 1).toISOString()
    change({ receivedFrom: gap.from, receivedTo: to })
    closeGap()
  }
  const held = useHeldRows(list, JSON.stringify(url), ({ eventId }) => eventId)
  return (
    <>
      <Filters
        filters={[
          { name: 'metric', label: 'Metric' },
          { name: 'customerId', label: 'Customer', placeholder: 'Customer, or a pasted event id' },
          { name: 'status', label: 'State', choices: ['counted', 'voided', 'reverted'] },
          ...LINKED.filter(([name]) => url[name]).map(([name, label]) => ({ name, label })),
        ]}
        values={url}
        onChange={(changes, how) =>
          changes.customerId && UUID.test(changes.customerId) ? open(changes.customerId) : change(changes, how)
        }
      />
      <Arrivals onRange={(receivedFrom, receivedTo) => change({ receivedFrom, receivedTo })} />
      <div className="mt-4" />
      <Panel flush>
        <div className="relative" {...held.pointer}>
          <Waiting count={held.waiting} more={held.more} onShow={held.show} />
          <Table
            caption="Events"
            list={{ ...list, rows: held.rows }}
            columns={columns}
            rowKey={({ eventId }) => eventId}
            href={({ eventId }) => path(`/events/${eventId}`)}
            onOpen={({ eventId }) => open(eventId)}
            selected={openId}
            foot={gap && <GapLine gap={gap} onOpen={openGap} />}
            empty={
              filtered ? (
                <Empty
                  title="No events with these filters"
                  action={
                    <Button onClick={() => change(Object.fromEntries(Object.keys(url).map((name) => [name, null])))}>
                      Clear filters
                    </Button>
                  }
                />
              ) : (
                <Empty
                  title="No events yet"
                  action={
                    <Link href={path('/get-started')} className={buttonLooks('primary')}>
                      Send the first event
                    </Link>
                  }
                >
                  An event appears here within two seconds of being sent.
                </Empty>
              )
            }
          />
        </div>
      </Panel>
      <Dialog place="right" title="Event" open={openId !== null} onClose={() => goTo(path('/events'))}>
        {openId && <EventDetail eventId={openId} />}
      </Dialog>
    </>
  )
}
