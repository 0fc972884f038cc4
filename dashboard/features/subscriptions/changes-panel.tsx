'use client'

import { Badge, type Tone } from '@/components/badge'
import { Instant } from '@/components/instant'
import { Panel } from '@/components/panel'
import { PermittedButton } from '@/components/permitted'
import { problemOf } from '@/lib/api/problem'
import { useSubscriptionAct } from './mutations'
import { type Subscription, useChanges } from './queries'

const WORDS = { change_plan: 'Change of plan', pause: 'Pause', resume: 'Resume', cancel: 'End' } as const
const TONES: Record<'scheduled' | 'applied' | 'dropped', Tone> = {
  scheduled: 'progress',
  applied: 'success',
  dropped: 'neutral',
}

/** What will happen to a subscription, each of which can be dropped, and what has. */
export function ChangesPanel({ subscription }: { subscription: Subscription }) {
  const changes = useChanges(subscription.id)
  const drop = useSubscriptionAct(subscription)
  if (!changes.rows || changes.rows.length === 0) return null
  return (
    <Panel title="Changes">
      {drop.error && (
        <p role="alert" className="pb-2 text-danger">
          {problemOf(drop.error).detail}
        </p>
      )}
      <ul className="flex flex-col gap-3">
        {changes.rows.map(({ id, kind, at, planVersion, status, reason }) => (
          <li key={id} className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <Badge tone={TONES[status]} struck={status === 'dropped'}>
              {status.slice(0, 1).toUpperCase() + status.slice(1)}
            </Badge>
            <span>
              {WORDS[kind]}
              {planVersion !== null && ` to version ${planVersion}`}, <Instant at={at} zone={subscription.timeZone} />
              {reason && <span className="block text-caption text-text-2">{reason}</span>}
            </span>
            {status === 'scheduled' && (
              <span className="ml-auto">
                <PermittedButton
                  scope="subscriptions:write"
                  busy={drop.isPending}
                  onClick={() => drop.mutate({ kind: 'drop', changeId: id })}
                >
                  Drop
                </PermittedButton>
              </span>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  )
}
