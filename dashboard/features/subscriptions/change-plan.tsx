'use client'

import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { Form } from '@/components/form'
import { Skeleton } from '@/components/skeleton'
import { usePlan, usePlans } from '@/features/plans/queries'
import { useOrganization } from '@/features/session/organization'
import { problemOf } from '@/lib/api/problem'
import { formatInstant } from '@/lib/time'
import { type ChangeInput, useChangePreview, useSubscriptionAct } from './mutations'
import { PlanChoice } from './plan-choice'
import { PreviewLines } from './preview-lines'
import type { Subscription } from './queries'

/** Another plan: its effect is shown first, and what was shown is what happens. */
export function ChangePlan({ subscription, onClose }: { subscription: Subscription; onClose: () => void }) {
  const { id } = useOrganization()
  const queries = useQueryClient()
  const { timeZone, planVersion, planId } = subscription
  const present = usePlan(planId)
  const plans = usePlans({ status: 'active' })
  const [chosen, choose] = useState({ planId: '', version: '' })
  const [effective, setEffective] = useState<ChangeInput['effective']>('now')
  const version = chosen.version ? Number.parseInt(chosen.version, 10) : null
  const wanted = chosen.planId ? { planId: chosen.planId, planVersion: version, effective } : null
  const change = useSubscriptionAct(subscription, onClose)
  const preview = useChangePreview(subscription, wanted, !change.isPending)
  const submit = () => {
    if (change.isPending || !wanted || !preview.data) return
    change.mutate(
      { kind: 'change', body: { ...wanted, at: preview.data.at } },
      {
        // What was shown holds no more: it is shown anew before the button works again.
        onError: () => {
          void queries.invalidateQueries({ queryKey: [id, 'subscriptions'] })
          void queries.invalidateQueries({ queryKey: [id, 'change-preview'] })
        },
      },
    )
  }
  return (
    <Dialog open onClose={onClose} title="Change plan" place="right">
      <Form
        error={change.error}
        sentences={{ precondition_failed: 'The subscription changed meanwhile. The effect is shown anew.' }}
        onSubmit={submit}
      >
        <p className="text-text-2">
          Now on {subscription.planCode}, version {planVersion}.
        </p>
        <PlanChoice
          list={plans}
          currency={present.data?.currency ?? '-'}
          {...chosen}
          onChange={(next, nextVersion) => choose({ planId: next, version: nextVersion })}
        />
        <When
          effective={effective}
          onChange={setEffective}
          end={formatInstant(subscription.currentPeriod.end, timeZone)}
        />
        {wanted &&
          (preview.data ? (
            <>
              <p>
                Changes at <strong className="font-medium">{formatInstant(preview.data.at, timeZone)}</strong>{' '}
                {timeZone}.
              </p>
              <PreviewLines preview={preview.data} zone={timeZone} />
            </>
          ) : preview.error ? (
            <p role="alert" className="text-danger">
              {problemOf(preview.error).detail}
            </p>
          ) : (
            <Skeleton rows={4} label="Asking what it would do" />
          ))}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Keep plan</Button>
          <Button
            type="submit"
            kind="primary"
            busy={change.isPending || (wanted !== null && preview.isFetching)}
            aria-disabled={!preview.data}
          >
            {effective === 'now' ? 'Change plan now' : 'Schedule change'}
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}

type WhenProps = {
  effective: ChangeInput['effective']
  end: string
  onChange: (effective: ChangeInput['effective']) => void
}

function When({ effective, end, onChange }: WhenProps) {
  return (
    <fieldset className="flex flex-col gap-1">
      <legend className="pb-1 font-medium">When</legend>
      {(
        [
          ['now', 'Now: usage before is rated by the old version, usage from then on by the new'],
          ['period_end', `At the end of the period, ${end}`],
        ] as const
      ).map(([value, says]) => (
        <label key={value} className="flex min-h-6 items-start gap-2">
          <input
            type="radio"
            name="effective"
            className="mt-1"
            checked={effective === value}
            onChange={() => onChange(value)}
          />
          {says}
        </label>
      ))}
    </fieldset>
  )
}
