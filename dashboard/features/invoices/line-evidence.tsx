'use client'

import Link from 'next/link'
import { useState } from 'react'
import { Badge } from '@/components/badge'
import { Button } from '@/components/button'
import { Id } from '@/components/copy'
import { ProblemPanel } from '@/components/problem-panel'
import { Skeleton } from '@/components/skeleton'
import { useOrganization } from '@/features/session/organization'
import { add, formatCount, formatDecimal } from '@/lib/decimal'
import { useList } from '@/lib/list'
import { formatMoney } from '@/lib/money'
import { civilDay, formatClock, formatDay } from '@/lib/time'
import { type Line, useExplanation, useWindows } from './queries'

type Window = { windowStart: string; windowEnd: string; value: string | null; eventCount: number; digest: string }

const ADDS_UP = /^(COUNT|SUM)$/

/** Days → quarter-hour windows → raw events, and the amount recomputed from them. */
export function LineEvidence({ invoiceId, line }: { invoiceId: string; line: Line }) {
  const { zone } = useOrganization()
  const explanation = useExplanation(invoiceId, line.id)
  const windows = useWindows(invoiceId, line.id)
  if (windows.error && !windows.rows) {
    return <ProblemPanel what="The windows" error={windows.error} onRetry={windows.retry} />
  }
  if (!windows.rows) return <Skeleton rows={4} />
  const days = new Map<string, Window[]>()
  for (const window of windows.rows) {
    const day = civilDay(window.windowStart, zone)
    days.set(day, [...(days.get(day) ?? []), window])
  }
  const recomputed = explanation.data?.recomputed
  return (
    <div className="mt-3 flex flex-col gap-3">
      {recomputed && (
        <p className="flex flex-wrap items-center gap-2">
          <Badge tone={explanation.data?.matches ? 'success' : 'danger'}>
            {explanation.data?.matches ? 'Equal' : 'Differs'}
          </Badge>
          <span className="numeral">
            Recomputed from {formatCount(line.eventCount ?? 0)} events: {formatMoney(recomputed.amount)}.
          </span>
        </p>
      )}
      <ul className="flex flex-col gap-1">
        {[...days].map(([day, inside]) => (
          <Day
            key={day}
            day={formatDay(inside[0]?.windowStart ?? '', zone)}
            windows={inside}
            invoiceId={invoiceId}
            line={line}
          />
        ))}
      </ul>
      {windows.more && (
        <Button busy={windows.loadingMore} onClick={windows.loadMore}>
          Load more windows
        </Button>
      )}
    </div>
  )
}

type DayProps = { day: string; windows: readonly Window[]; invoiceId: string; line: Line }

function Day({ day, windows, invoiceId, line }: DayProps) {
  const events = windows.reduce((sum, { eventCount }) => sum + eventCount, 0)
  return (
    <li>
      <details className="rounded-control border border-border bg-surface">
        <summary className="numeral flex min-h-8 cursor-pointer flex-wrap items-center gap-3 px-3 max-md:min-h-11">
          <span className="font-medium">{day}</span>
          <span className="text-text-2">{formatCount(events)} events</span>
          <DaySum windows={windows} metric={line.metric ?? ''} />
        </summary>
        <ul className="border-t border-border">
          {windows.map((window) => (
            <WindowRow key={window.windowStart} window={window} invoiceId={invoiceId} line={line} />
          ))}
        </ul>
      </details>
    </li>
  )
}

/** The sum of a day's windows, where all have a value; what does not add up is not summed by whoever reads one window. */
function DaySum({ windows, metric }: { windows: readonly Window[]; metric: string }) {
  const { id, api } = useOrganization()
  const metrics = useList([id, 'metrics', { code: metric }, 1], () =>
    api.GET('/api/metrics', { params: { query: { code: metric, limit: 1 } } }),
  )
  const aggregation = metrics.rows?.[0]?.aggregation ?? ''
  if (!ADDS_UP.test(aggregation)) return null
  return (
    <span className="ml-auto">{formatDecimal(windows.reduce((sum, { value }) => add(sum, value ?? '0'), '0'))}</span>
  )
}

function WindowRow({ window, invoiceId, line }: { window: Window; invoiceId: string; line: Line }) {
  const { zone } = useOrganization()
  const [open, setOpen] = useState(false)
  const { windowStart, windowEnd, value, eventCount, digest } = window
  return (
    <li className="border-b border-border last:border-b-0">
      <div className="numeral flex flex-wrap items-center gap-3 px-3 py-1">
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="link min-h-6 max-md:min-h-11"
        >
          {formatClock(windowStart, zone).slice(0, 5)}–{formatClock(windowEnd, zone).slice(0, 5)}
        </button>
        <span className="text-text-2">{formatCount(eventCount)} events</span>
        <Id id={digest} what="digest" />
        <span className="ml-auto">{value === null ? '–' : formatDecimal(value)}</span>
      </div>
      {open && <WindowEvents invoiceId={invoiceId} lineId={line.id} windowStart={windowStart} />}
    </li>
  )
}

type RawEvent = { eventId?: string; amount?: string; receivedAt?: string; partition?: number; offset?: number }

function WindowEvents({ invoiceId, lineId, windowStart }: { invoiceId: string; lineId: string; windowStart: string }) {
  const { id, api, path, zone } = useOrganization()
  const list = useList<RawEvent>([id, 'invoices', 'events', invoiceId, lineId, windowStart], (cursor) =>
    api.GET('/api/invoices/{invoiceId}/lines/{lineId}/events', {
      params: { path: { invoiceId, lineId }, query: { limit: 50, cursor, windowStart } },
    }),
  )
  if (list.error && !list.rows) return <ProblemPanel what="The events" error={list.error} onRetry={list.retry} />
  if (!list.rows) return <Skeleton rows={3} />
  return (
    <div className="border-t border-border px-3 py-2">
      <ul className="numeral flex flex-col gap-1">
        {list.rows.map(({ eventId = '', amount, receivedAt, partition, offset }) => (
          <li key={eventId} className="flex flex-wrap items-center gap-3">
            <Link className="link code" href={path(`/events/${eventId}`)}>
              {eventId}
            </Link>
            <span className="text-text-2">
              {receivedAt && formatClock(receivedAt, zone)} · partition {partition}, offset {offset}
            </span>
            <span className="ml-auto">{amount && formatDecimal(amount)}</span>
          </li>
        ))}
      </ul>
      {list.more && (
        <Button busy={list.loadingMore} onClick={list.loadMore} className="mt-2">
          Load 50 more
        </Button>
      )}
    </div>
  )
}
