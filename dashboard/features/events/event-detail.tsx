'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { CodeBlock } from '@/components/code-block'
import { CopyButton, Id } from '@/components/copy'
import { Instant } from '@/components/instant'
import { Facts } from '@/components/panel'
import { ProblemPanel } from '@/components/problem-panel'
import { Skeleton } from '@/components/skeleton'
import { useOrganization } from '@/features/session/organization'
import { answerOf, problemOf } from '@/lib/api/problem'
import type { components } from '@/lib/api/schema'
import { formatCount, formatDecimal } from '@/lib/decimal'
import { formatClock } from '@/lib/time'
import { curlOf } from './curl'
import { EventBadge } from './event-badge'
import { EventCorrections } from './event-corrections'
import { type Event, useEvent } from './queries'

const WINDOW_MILLISECONDS = 900_000

export function EventDetail({ eventId }: { eventId: string }) {
  const event = useEvent(eventId)
  if (event.error) {
    return problemOf(event.error).status === 404 ? (
      <p>This event is not counted yet, or it does not exist. It was asked for during ten seconds.</p>
    ) : (
      <ProblemPanel what="The event" error={event.error} onRetry={() => void event.refetch()} />
    )
  }
  if (!event.data) return <Skeleton rows={8} label="Asking for the event" />
  return <Shown event={event.data} />
}

function Shown({ event }: { event: Event }) {
  const { zone, publicApiUrl } = useOrganization()
  return (
    <div className="flex flex-col gap-5">
      <div className="flex flex-wrap items-center gap-2">
        <span className="numeral text-figure">{formatDecimal(event.amount)}</span>
        <span className="code">{event.metric}</span>
        <EventBadge event={event} />
        <span className="ml-auto">
          <CopyButton text={curlOf(event, publicApiUrl)} what="the event as a command" label="Copy as curl" />
        </span>
      </div>
      <EventPath event={event} />
      <Facts
        facts={[
          ['Customer', <Id key="c" id={event.customerId} what="customer id" />],
          ['Event time', <Instant key="t" at={event.timestamp} zone={zone} seconds />],
          ['Event id', <Id key="i" id={event.eventId} what="event id" whole />],
          ['Key', <Id key="k" id={event.idempotencyKey} what="idempotency key" whole />],
          ['Hash', <Id key="h" id={event.hash} what="hash" whole />],
          ['Backfill', event.backfillId ?? '–'],
        ]}
      />
      <section aria-label="Payload">
        <h3 className="mb-2 font-semibold">Properties</h3>
        <CodeBlock code={JSON.stringify(event.properties, null, 2)} what="properties" />
      </section>
      <EventCorrections event={event} />
    </div>
  )
}

/** received → counted → billed, each with its proof. */
function EventPath({ event }: { event: Event }) {
  const { zone } = useOrganization()
  const begin = Math.floor(Date.parse(event.timestamp) / WINDOW_MILLISECONDS) * WINDOW_MILLISECONDS
  const clock = (at: number) => formatClock(new Date(at).toISOString(), zone).slice(0, 5)
  return (
    <ol aria-label="Path of the event" className="flex flex-col border-l-2 border-border pl-4">
      <Stop name="Received">
        <Instant at={event.receivedAt} zone={zone} seconds /> · partition{' '}
        <span className="numeral" data-testid="partition">
          {event.partition}
        </span>
        , offset{' '}
        <span className="numeral" data-testid="offset">
          {formatCount(event.offset)}
        </span>
      </Stop>
      <Stop name={event.status === 'counted' ? 'Counted' : `Counts no more: ${event.status}`}>
        window {clock(begin)}–{clock(begin + WINDOW_MILLISECONDS)}
      </Stop>
      <Billed event={event} />
    </ol>
  )
}

function Stop({ name, children }: { name: string; children: ReactNode }) {
  return (
    <li className="relative py-1">
      <span aria-hidden className="absolute -left-[21px] top-2.5 size-2 rounded-full bg-accent" />
      <span className="font-medium">{name}</span> <span className="text-text-2">{children}</span>
    </li>
  )
}

type Invoice = components['schemas']['InvoiceBody']
type Span = { start: string; end: string }

const holds = ({ start, end }: Span, { timestamp }: Event) =>
  Date.parse(start) <= Date.parse(timestamp) && Date.parse(timestamp) < Date.parse(end)

/** Where the usage of an event stands on an invoice: its line of that metric, part of the period and group. */
function lineOf({ lines }: Invoice, event: Event, kind: 'usage' | 'adjustment') {
  return lines.findIndex(
    (line) =>
      line.kind === kind &&
      line.metric === event.metric &&
      holds(line.period, event) &&
      Object.entries(line.group ?? {}).every(([key, value]) => String(event.properties[key] ?? '') === value),
  )
}

/** The invoice whose period holds the event's time, and the next one that adjusts it; null where there is none yet. */
function useBilled(event: Event) {
  const { id, api, may } = useOrganization()
  return useQuery({
    queryKey: [id, 'invoices', 'of-event', event.eventId],
    enabled: may('invoices:read'),
    queryFn: async () => {
      const query = { metric: event.metric, customerId: event.customerId, at: event.timestamp }
      const { data } = (await answerOf(api.GET('/api/invoices', { params: { query } }))).body
      const whole = async (invoiceId: string) =>
        (await answerOf(api.GET('/api/invoices/{invoiceId}', { params: { path: { invoiceId } } }))).body
      const issued = data.filter(({ status }) => status !== 'draft').reverse()
      const own = issued.find(({ period }) => holds(period, event))
      if (!own) return null
      const next = issued.find(({ id: other, period }) => other !== own.id && period.start >= own.period.end)
      return { own: await whole(own.id), next: next ? await whole(next.id) : null }
    },
  })
}

function LineLink({ invoice, at }: { invoice: Invoice; at: number }) {
  const { path } = useOrganization()
  const line = invoice.lines[at]
  return (
    <Link className="link" href={path(`/invoices/${invoice.id}${line ? `?line=${line.id}` : ''}`)}>
      {invoice.number ?? 'the draft'}
      {line ? `, line ${at + 1}` : ''}
    </Link>
  )
}

/** Where it stands on an invoice, worked out from that invoice's cut; nothing is guessed. */
function Billed({ event }: { event: Event }) {
  const { may } = useOrganization()
  const billed = useBilled(event)
  if (!may('invoices:read') || billed.error) return null
  if (billed.isPending) return <Stop name="Billed">…</Stop>
  if (!billed.data)
    return <Stop name="Not on an invoice yet">the period has not been closed, or nothing charges it</Stop>
  const { own, next } = billed.data
  const link = <LineLink invoice={own} at={lineOf(own, event, 'usage')} />
  const cut = own.evidence?.cut[String(event.partition)]
  if (cut === undefined || event.offset < cut) return <Stop name="Billed">on {link}</Stop>
  const adjustment = next ? lineOf(next, event, 'adjustment') : -1
  return (
    <Stop name="Late">
      it came after {link} was closed:{' '}
      {next && adjustment >= 0 ? (
        <>
          adjusted on <LineLink invoice={next} at={adjustment} />
        </>
      ) : (
        'an adjustment follows on a later invoice'
      )}
    </Stop>
  )
}
