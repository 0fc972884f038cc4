'use client'

import { useState } from 'react'
import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { Form, SelectField, TextField } from '@/components/form'
import { Instant } from '@/components/instant'
import { Panel } from '@/components/panel'
import { PermittedButton } from '@/components/permitted'
import { usePlan } from '@/features/plans/queries'
import { formatDecimal, parseTyped } from '@/lib/decimal'
import { formatMoney, parseMoney } from '@/lib/money'
import { useCreateThreshold, useDeleteThreshold } from './mutations'
import { type Subscription, useThresholds } from './queries'

const SCOPE = 'subscriptions:write'

/** When usage reaches one of these, `usage.threshold_reached` is sent, once a period. */
export function ThresholdsPanel({ subscription }: { subscription: Subscription }) {
  const thresholds = useThresholds(subscription.id)
  const remove = useDeleteThreshold(subscription)
  const [adding, setAdding] = useState(false)
  return (
    <Panel
      title="Thresholds"
      aside={
        <PermittedButton scope={SCOPE} kind="quiet" onClick={() => setAdding(true)}>
          Add threshold
        </PermittedButton>
      }
    >
      {thresholds.data?.data.length === 0 && (
        <p className="text-text-2">None: nobody is told when usage reaches something.</p>
      )}
      <ul className="flex flex-col gap-2">
        {thresholds.data?.data.map(({ id, metric, quantity, amount, lastFiredAt }) => (
          <li key={id} className="flex items-center justify-between gap-2">
            <span className="numeral">
              {amount ? formatMoney(amount) : `${formatDecimal(quantity ?? '0')} of ${metric}`}
              {lastFiredAt && (
                <span className="block text-caption text-text-2">
                  reached <Instant at={lastFiredAt} zone={subscription.timeZone} />
                </span>
              )}
            </span>
            <PermittedButton scope={SCOPE} kind="quiet" busy={remove.isPending} onClick={() => remove.mutate(id)}>
              Remove
            </PermittedButton>
          </li>
        ))}
      </ul>
      {adding && <AddThreshold subscription={subscription} onClose={() => setAdding(false)} />}
    </Panel>
  )
}

function AddThreshold({ subscription, onClose }: { subscription: Subscription; onClose: () => void }) {
  const plan = usePlan(subscription.planId)
  const create = useCreateThreshold(subscription, onClose)
  const [metric, choose] = useState('')
  const [wrong, setWrong] = useState<string>()
  const currency = plan.data?.currency ?? ''
  return (
    <Dialog open onClose={onClose} title="Add threshold">
      <Form
        error={create.error}
        onSubmit={(typed) => {
          const text = typed(metric ? '/quantity' : '/amount')
          const quantity = metric ? parseTyped(text) : null
          const amount = metric ? null : parseMoney(text, currency)
          setWrong(quantity || amount ? undefined : 'Type a number such as 1,000.50.')
          if (create.isPending) return
          if (quantity) create.mutate({ metric, quantity })
          else if (amount) create.mutate({ amount })
        }}
      >
        <SelectField name="/metric" label="Of" value={metric} onChange={(event) => choose(event.target.value)}>
          <option value="">What all usage costs</option>
          {plan.data?.current?.charges.map((charge) => (
            <option key={charge.id} value={charge.metric}>
              {charge.name} ({charge.metric})
            </option>
          ))}
        </SelectField>
        <TextField
          key={metric ? 'quantity' : 'amount'}
          name={metric ? '/quantity' : '/amount'}
          label={metric ? 'Quantity' : `Amount, ${currency}`}
          inputMode="decimal"
          required
          error={wrong}
          help="Told once in each period, by the webhook usage.threshold_reached."
        />
        <div className="flex justify-end">
          <Button type="submit" kind="primary" busy={create.isPending}>
            Add threshold
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
