'use client'

import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { Form } from '@/components/form'
import { instantOf } from '@/lib/civil'
import { InstantField } from './instant-field'
import { useSubscriptionAct } from './mutations'
import type { Subscription } from './queries'

/** No base price from now on, until a time or until it is lifted. */
export function PauseDialog({ subscription, onClose }: { subscription: Subscription; onClose: () => void }) {
  const pause = useSubscriptionAct(subscription, onClose)
  return (
    <Dialog open onClose={onClose} title={`Pause the subscription of ${subscription.customerId}?`}>
      <Form
        error={pause.error}
        onSubmit={(typed) => {
          const resumeAt = instantOf(typed('/resumeAt'), subscription.timeZone)
          if (!pause.isPending) pause.mutate({ kind: 'pause', body: { resumeAt } })
        }}
      >
        <p>
          From now on no base price is owed. Usage is still counted and billed. The pause can be lifted at any time.
        </p>
        <InstantField
          name="/resumeAt"
          label="Resume"
          zone={subscription.timeZone}
          help="If left empty, until somebody lifts it."
        />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose} autoFocus>
            Keep running
          </Button>
          <Button type="submit" kind="primary" busy={pause.isPending}>
            Pause subscription
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
