'use client'

import { Instant } from '@/components/instant'
import { Panel } from '@/components/panel'
import { useOrganization } from '@/features/session/organization'
import { type Collection, type Invoice, useCollection } from './queries'

type Mark = 'failed' | 'next' | 'planned' | 'skipped'
type Step = { at: string; what: string; mark: Mark }
type Dunning = NonNullable<Collection['dunning']>

/** The first failure, the further attempts of the schedule, and the suspension: what was, what comes next. */
function stepsOf({ beganAt, attempts, attemptsAt, nextAttemptAt, suspendsAt, suspendedAt }: Dunning): Step[] {
  const further = attemptsAt.map((at, place): Step => {
    const mark = at === nextAttemptAt ? 'next' : nextAttemptAt && at > nextAttemptAt ? 'planned' : 'failed'
    const asked = mark !== 'failed' || place + 1 < attempts
    return {
      at,
      what: mark === 'failed' ? `Attempt ${place + 2} failed` : `Attempt ${place + 2}`,
      mark: asked ? mark : 'skipped',
    }
  })
  const suspension: Step = suspendedAt
    ? { at: suspendedAt, what: 'Subscription suspended', mark: 'failed' }
    : { at: suspendsAt, what: 'The subscription would be suspended', mark: 'planned' }
  return [{ at: beganAt, what: 'First failure', mark: 'failed' as const }, ...further, suspension].sort((a, b) =>
    a.at.localeCompare(b.at),
  )
}

const LOOKS: Record<Mark, string> = {
  failed: 'border-danger bg-danger',
  next: 'border-info bg-surface ring-2 ring-info-bg',
  planned: 'border-border-strong bg-surface',
  skipped: 'border-border-strong bg-border-strong',
}

/** What was tried to get the money of an invoice, drawn on the schedule of what will be tried. */
export function DunningSchedule({ invoice }: { invoice: Invoice }) {
  const { zone } = useOrganization()
  const dunning = useCollection(invoice).data?.dunning
  if (!dunning || invoice.status !== 'open') return null
  const steps = stepsOf(dunning)
  return (
    <Panel title="Dunning">
      <ol className="relative flex flex-col gap-3">
        {steps.map(({ at, what, mark }, place) => (
          <li key={`${what} ${at}`} className="relative flex items-baseline gap-3">
            {place < steps.length - 1 && (
              <span aria-hidden className="absolute top-4 bottom-[-16px] left-[4px] w-px bg-border" />
            )}
            <span aria-hidden className={`size-2.5 shrink-0 translate-y-px rounded-full border-2 ${LOOKS[mark]}`} />
            <span className={`min-w-0 flex-1 ${mark === 'planned' ? 'text-text-2' : ''}`}>
              {mark === 'skipped' ? what.replace('failed', 'was not made') : what}
              {mark === 'next' && <span className="text-info"> comes next</span>}
            </span>
            <span className="text-caption text-text-2">
              <Instant at={at} zone={zone} />
            </span>
          </li>
        ))}
      </ol>
    </Panel>
  )
}
