'use client'

import Link from 'next/link'
import { useEffect, useState } from 'react'
import { useApiKeys } from '@/features/api-keys/queries'
import { fixOf } from '@/features/events/rejection-sentences'
import { useOrganization } from '@/features/session/organization'
import { formatCount, formatDecimal } from '@/lib/decimal'
import { useOne } from '@/lib/poll'

const POLL = 1500
const PATIENCE = 30_000

/** Waits for what arrives from now on: counted turns it green, refused amber; silence gets three checks. */
export function Listener({ since }: { since: string }) {
  const { id, api, path } = useOrganization()
  const query = { receivedFrom: since, limit: 1 }
  const events = useOne([id, 'events', 'listener', since], () => api.GET('/api/events', { params: { query } }), {
    interval: POLL,
  })
  const rejections = useOne(
    [id, 'rejected-events', 'listener', since],
    () => api.GET('/api/rejected-events', { params: { query } }),
    { interval: POLL },
  )
  const event = events.data?.data[0]
  const rejected = rejections.data?.data[0]
  if (event && (!rejected || event.receivedAt >= rejected.receivedAt)) {
    return (
      <output data-listener="counted" className="block rounded-control bg-success-bg p-3 text-success">
        <strong className="font-medium">Counted.</strong> {formatDecimal(event.amount)} {event.metric} for{' '}
        {event.customerId}, partition {event.partition}, offset {formatCount(event.offset)}.{' '}
        <Link className="underline" href={path(`/events/${event.eventId}`)}>
          See the event
        </Link>
      </output>
    )
  }
  if (rejected) {
    return (
      <output data-listener="rejected" className="block rounded-control bg-warning-bg p-3 text-warning">
        <strong className="font-medium">Refused: {rejected.code}.</strong> {fixOf(rejected.code)}{' '}
        <Link className="underline" href={path(`/events/rejected/${rejected.id}`)}>
          See what was sent
        </Link>
        <code className="code mt-2 block whitespace-pre-wrap break-all">{rejected.body}</code>
      </output>
    )
  }
  return <Waiting since={since} />
}

function Waiting({ since }: { since: string }) {
  const [long, setLong] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), PATIENCE)
    return () => clearTimeout(timer)
  }, [])
  return (
    <output data-listener="waiting" className="block rounded-control bg-sunken p-3 text-text-2">
      <span aria-hidden className="live-dot mr-2 inline-block size-2 rounded-full bg-accent" />
      Waiting for your first event…
      {long && <Checks since={since} />}
    </output>
  )
}

function Checks({ since }: { since: string }) {
  const { publicApiUrl } = useOrganization()
  const keys = useApiKeys(3000)
  const used = keys.rows?.some(({ lastUsedAt }) => lastUsedAt !== null && lastUsedAt >= since)
  return (
    <ul className="mt-2 list-disc pl-5">
      <li>
        {used
          ? 'A key was used since this page was opened: a request arrived, but its event has not been counted yet.'
          : 'No key was used since this page was opened: no request with a good key arrived.'}
      </li>
      <li>
        The address is <span className="code">{publicApiUrl}</span>. Open{' '}
        <span className="code">{publicApiUrl}/healthz</span> where the command runs: it must answer.
      </li>
      <li>If it does not, a firewall or proxy stands between that machine and this address.</li>
    </ul>
  )
}
