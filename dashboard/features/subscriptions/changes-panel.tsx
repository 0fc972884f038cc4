'use client'

import { Badge, type Tone } from '@/components/badge'
import { Instant } from '@/components/instant'
import { Panel } from '@/components/panel'
import { PermittedButton } from '@/components/permitted'
import { problemOf } from '@/lib/api/problem'
import { toast } from '@/lib/toasts'
import { useScheduleAgain, useSubscriptionAct } from './mutations'
import { type Change, type Subscription, useChanges } from './queries'

const WORDS = { change_plan: 'Change of plan', pause: 'Pause', resume: 'Resume', cancel: 'End' } as const
const TONES: Record<'scheduled' | 'applied' | 'dropped', Tone> = {
  scheduled: 'progress',
  applied: 'success',
  dropped: 'neutral',
}

/** What will happen to a subscription, each of which can be dropped, and what has. */
export function ChangesPanel({ subscription }: { subscription: Subscription }) {
  const changes = useChanges(subscription.id)
  const again = useScheduleAgain(subscription, () => toast({ text: 'The change is scheduled again.' }))
  const drop = useSubscriptionAct(subscription)
  const dropped = (change: Change) =>
    toast({ text: `${WORDS[change.kind]} will not happen.`, undo: again.undoOf(change) })
  const error = drop.error ?? again.error
  if (!changes.rows || changes.rows.length === 0) return null
  return (
    <Panel title="Changes">
      {error && (
        <p role="alert" className="pb-2 text-danger">
          {problemOf(error).detail}
        </p>
      )}
      <ul className="flex flex-col gap-3">
        {changes.rows.map((change) => {
          const { id, kind, at, planVersion, status, reason } = change
          return (
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
                    onClick={() => drop.mutate({ kind: 'drop', changeId: id }, { onSuccess: () => dropped(change) })}
                  >
                    Drop
                  </PermittedButton>
                </span>
              )}
            </li>
          )
        })}
      </ul>
    </Panel>
  )
}
