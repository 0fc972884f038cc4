'use client'

import Link from 'next/link'
import { useState } from 'react'
import { Instant } from '@/components/instant'
import { Panel } from '@/components/panel'
import { useOrganization } from '@/features/session/organization'
import { formatMoney } from '@/lib/money'
import { useOverdue, useRefused, useUnpaid } from './queries'

type Item = { key: string; href: string; what: string; since: string | null; verb: string }

const DAY = 86_400_000

/** Somebody pauses on purpose: that needs nobody. */
const isUnpaid = (subscription: { suspension: { reason: string } | null }) =>
  subscription.suspension?.reason !== 'paused'

/** What needs a person: what, since when, and one verb. */
export function Attention() {
  const { path, zone } = useOrganization()
  const [now] = useState(() => new Date())
  const overdue = useOverdue(now.toISOString())
  const suspended = useUnpaid('suspended')
  const late = useUnpaid('past_due')
  const refused = useRefused(new Date(now.getTime() - DAY).toISOString(), now.toISOString())
  const items: Item[] = [
    ...(overdue.data?.data ?? []).map((invoice) => ({
      key: invoice.id,
      href: path(`/invoices/${invoice.id}`),
      what: `${invoice.number ?? 'An invoice'} of ${invoice.customerId} is overdue: ${formatMoney(invoice.amountDue)}`,
      since: invoice.dueAt,
      verb: 'Open invoice',
    })),
    ...[...(suspended.data?.data ?? []).filter(isUnpaid), ...(late.data?.data ?? [])].map((subscription) => ({
      key: subscription.id,
      href: path(`/subscriptions/${subscription.id}`),
      what: `The subscription of ${subscription.customerId} is ${subscription.status.replace('_', ' ')}`,
      since: subscription.suspension?.since ?? null,
      verb: 'Open subscription',
    })),
    ...(refused.data?.data ?? []).map(({ code, count }) => ({
      key: code,
      href: path(`/events/rejected?code=${encodeURIComponent(code)}`),
      what: `${count} ${count === 1 ? 'event was' : 'events were'} refused in 24 hours: ${code}`,
      since: null,
      verb: 'See why',
    })),
  ]
  const asked = overdue.isFetched || suspended.isFetched || refused.isFetched
  return (
    <Panel title="Needs attention" flush>
      {items.length === 0 ? (
        <p className="p-4 text-text-2">{asked ? 'Nothing needs you.' : 'Looking…'}</p>
      ) : (
        <ul>
          {items.map(({ key, href, what, since, verb }) => (
            <li
              key={key}
              className="flex flex-wrap items-center gap-x-3 gap-y-0.5 border-t border-border px-4 py-2 first:border-t-0"
            >
              <span className="min-w-0 break-words max-md:w-full md:flex-1">{what}</span>
              <span className="text-text-2 max-md:mr-auto">{since && <Instant at={since} zone={zone} />}</span>
              <Link href={href} className="link">
                {verb}
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
