'use client'

import Link from 'next/link'
import { useOrganization } from '@/features/session/organization'
import type { Subscription } from '@/features/subscriptions/queries'
import { SubscriptionBadge } from '@/features/subscriptions/subscription-badge'
import { formatPeriod, formatSpan } from '@/lib/time'

/** A subscription with how much of its period has gone. */
export function SubscriptionCard({ subscription, now }: { subscription: Subscription; now: number | null }) {
  const { path } = useOrganization()
  const { currentPeriod, timeZone, planCode, planVersion, id } = subscription
  const [start, end] = [Date.parse(currentPeriod.start), Date.parse(currentPeriod.end)]
  const runs = now !== null && now < end && subscription.status !== 'canceled'
  const gone = runs ? Math.max(0, Math.round(((now - start) / (end - start)) * 100)) : 0
  return (
    <li className="flex flex-col gap-2 rounded-control border border-border p-3">
      <div className="flex flex-wrap items-center gap-3">
        <Link className="link font-medium" href={path(`/subscriptions/${id}`)}>
          {planCode}, version {planVersion}
        </Link>
        <SubscriptionBadge subscription={subscription} />
      </div>
      <p className="numeral flex flex-wrap justify-between gap-x-3 text-text-2">
        <span>
          {formatPeriod(currentPeriod.start, currentPeriod.end, timeZone)} {timeZone}
        </span>
        {runs && <span>{formatSpan(end - now)} left</span>}
      </p>
      {runs && (
        <div
          role="progressbar"
          aria-label="Part of the period that has gone"
          aria-valuenow={gone}
          className="h-1.5 overflow-hidden rounded-full bg-sunken"
        >
          <div className="h-full bg-accent" style={{ width: `${gone}%` }} />
        </div>
      )}
    </li>
  )
}
