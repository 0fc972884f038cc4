'use client'

import Link from 'next/link'
import type { ReactNode } from 'react'
import { InvoiceBadge } from '@/features/invoices/invoice-badge'
import { useInvoices } from '@/features/invoices/queries'
import { useOrganization } from '@/features/session/organization'
import { formatMoney } from '@/lib/money'
import { formatInstant, formatPeriod } from '@/lib/time'
import type { Subscription } from './queries'

const PAST = 3
const WORDS = { change_plan: 'changes plan', pause: 'pauses', resume: 'resumes', cancel: 'ends' } as const

/** The last periods with their invoices, the present one, and what comes next. */
export function PeriodTimeline({ subscription }: { subscription: Subscription }) {
  const { path } = useOrganization()
  const { currentPeriod, timeZone, status, cancelAt, scheduledChanges } = subscription
  const invoices = useInvoices({ subscriptionId: subscription.id }, 50)
  const past = (invoices.rows ?? []).filter(({ period }) => period.end <= currentPeriod.start).slice(0, PAST)
  const over = status === 'canceled'
  const last = over || (cancelAt !== null && cancelAt <= currentPeriod.end)
  return (
    <ol aria-label="Periods" className="grid gap-x-1 gap-y-3 sm:auto-cols-fr sm:grid-flow-col">
      {past.reverse().map(({ id, number, period, total, status: state, dueAt }) => (
        <Period key={id} when={formatPeriod(period.start, period.end, timeZone)} mark="past">
          <Link className="link numeral" href={path(`/invoices/${id}`)}>
            {number ?? 'Draft'}, {formatMoney(total)}
          </Link>
          <InvoiceBadge status={state} dueAt={dueAt} />
        </Period>
      ))}
      <Period
        when={formatPeriod(currentPeriod.start, currentPeriod.end, timeZone)}
        mark={over ? 'past' : 'present'}
        current={!over}
      >
        {over ? 'The last period' : last ? 'The present and last period' : 'The present period'}
      </Period>
      {!last && (
        <Period when={`From ${formatInstant(currentPeriod.end, timeZone)}`} mark="next">
          The next period
          {scheduledChanges
            .filter(({ at }) => at >= currentPeriod.end)
            .map(({ id, kind, at }) => (
              <span key={id}>
                {WORDS[kind]} {formatInstant(at, timeZone)}
              </span>
            ))}
        </Period>
      )}
    </ol>
  )
}

type PeriodProps = { when: string; mark: 'past' | 'present' | 'next'; current?: boolean; children: ReactNode }

const MARKS = { past: 'border-border-strong', present: 'border-accent', next: 'border-dashed border-border-strong' }

function Period({ when, mark, current, children }: PeriodProps) {
  return (
    <li
      aria-current={current ? 'time' : undefined}
      className={`flex min-w-0 flex-col items-start gap-1 border-t-2 pr-2 pt-2 ${MARKS[mark]}`}
    >
      <span className="numeral text-caption text-text-2">{when}</span>
      {children}
    </li>
  )
}
