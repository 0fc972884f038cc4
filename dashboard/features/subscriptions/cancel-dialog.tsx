'use client'

import { useState } from 'react'
import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { Form, TextField } from '@/components/form'
import { instantOf } from '@/lib/civil'
import { formatInstant, formatPeriod } from '@/lib/time'
import { InstantField } from './instant-field'
import { useSubscriptionAct } from './mutations'
import type { Subscription } from './queries'

type When = 'period_end' | 'now' | 'time'

/** The end of a subscription: with its period, with the running quarter hour, or at a time. A last invoice follows. */
export function CancelDialog({ subscription, onClose }: { subscription: Subscription; onClose: () => void }) {
  const { currentPeriod, timeZone, customerId } = subscription
  // An end that waits is only brought forward to now; another time begins with dropping it.
  const waits = subscription.scheduledChanges.some(({ kind }) => kind === 'cancel')
  const [when, choose] = useState<When>(waits ? 'now' : 'period_end')
  const [wrong, setWrong] = useState<string>()
  const cancel = useSubscriptionAct(subscription, onClose)
  const choices: [When, string][] = [
    ['period_end', `At the end of the period, ${formatInstant(currentPeriod.end, timeZone)}`],
    ['now', 'Now, with the running quarter hour. This cannot be undone'],
    ['time', 'At a time'],
  ]
  return (
    <Dialog open onClose={onClose} title={`Cancel the subscription of ${customerId}?`}>
      <Form
        error={cancel.error}
        onSubmit={(typed) => {
          const time = instantOf(typed('/at'), timeZone)
          setWrong(when === 'time' && !time ? 'A day and a time that lie ahead.' : undefined)
          const at = when === 'time' ? time : when
          if (!cancel.isPending && at) {
            cancel.mutate({ kind: 'cancel', body: { at, reason: typed('/reason') || null } })
          }
        }}
      >
        <p>
          The running period, {formatPeriod(currentPeriod.start, currentPeriod.end, timeZone)}, is
          {when === 'time' ? ' the last one if the end lies in it' : ' the last one'}; its invoice follows.
        </p>
        <fieldset className="flex flex-col gap-1">
          <legend className="pb-1 font-medium">When</legend>
          {choices
            .filter(([value]) => !waits || value === 'now')
            .map(([value, says]) => (
              <label key={value} className="flex min-h-6 items-start gap-2">
                <input
                  type="radio"
                  name="when"
                  className="mt-1"
                  checked={when === value}
                  onChange={() => choose(value)}
                />
                {says}
              </label>
            ))}
        </fieldset>
        {when === 'time' && (
          <InstantField
            name="/at"
            label="Ends"
            zone={timeZone}
            ends
            help="It moves to the end of its quarter hour."
            error={wrong}
          />
        )}
        <TextField name="/reason" label="Reason" optional maxLength={500} help="For the audit log." />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose} autoFocus>
            Keep subscription
          </Button>
          <Button type="submit" kind="danger" busy={cancel.isPending}>
            Cancel subscription
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
