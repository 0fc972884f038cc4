'use client'

import { useSearchParams } from 'next/navigation'
import { useState } from 'react'
import { PermittedButton } from '@/components/permitted'
import { problemOf } from '@/lib/api/problem'
import { CancelDialog } from './cancel-dialog'
import { ChangePlan } from './change-plan'
import { useSubscriptionAct } from './mutations'
import { PauseDialog } from './pause-dialog'
import type { Subscription } from './queries'

const SCOPE = 'subscriptions:write'

/** What can be done with a subscription that goes on; `?change` in the address begins with a change of plan. */
export function SubscriptionActions({ subscription }: { subscription: Subscription }) {
  const given = useSearchParams()
  const [asking, ask] = useState<'change' | 'pause' | 'cancel' | null>(given.has('change') ? 'change' : null)
  const resume = useSubscriptionAct(subscription)
  const close = () => ask(null)
  const { status, suspension, scheduledChanges } = subscription
  if (status === 'canceled') return null
  const ends = scheduledChanges.some(({ kind }) => kind === 'cancel')
  const paused = suspension?.reason === 'paused'
  return (
    <>
      {resume.error && (
        <span role="alert" className="text-danger">
          {problemOf(resume.error).detail}
        </span>
      )}
      <PermittedButton scope={SCOPE} kind="quiet" onClick={() => ask('cancel')}>
        {ends ? 'Cancel earlier' : 'Cancel'}
      </PermittedButton>
      {paused ? (
        <PermittedButton scope={SCOPE} busy={resume.isPending} onClick={() => resume.mutate({ kind: 'resume' })}>
          Resume now
        </PermittedButton>
      ) : (
        !suspension && (
          <PermittedButton scope={SCOPE} kind="quiet" onClick={() => ask('pause')}>
            Pause
          </PermittedButton>
        )
      )}
      <PermittedButton scope={SCOPE} kind="primary" onClick={() => ask('change')}>
        Change plan
      </PermittedButton>
      {asking === 'change' && <ChangePlan subscription={subscription} onClose={close} />}
      {asking === 'pause' && <PauseDialog subscription={subscription} onClose={close} />}
      {asking === 'cancel' && <CancelDialog subscription={subscription} onClose={close} />}
    </>
  )
}
