'use client'

import { Button } from '@/components/button'
import { useSubscriptions } from '@/features/subscriptions/queries'

type Props = {
  customerId: string
  from: string | null
  to: string | null
  className: string
  onChoose: (from: string, to: string) => void
}

/** The running periods of the customer that is looked at: each is a range. */
export function CustomerPeriods({ customerId, from, to, className, onChoose }: Props) {
  const { rows } = useSubscriptions({ customerId })
  const live = rows?.filter(({ status }) => status !== 'canceled') ?? []
  return live.map(({ id, planCode, currentPeriod: { start, end } }) => (
    <Button
      key={id}
      kind="quiet"
      className={className}
      aria-pressed={from === start && to === end}
      onClick={() => onChoose(start, end)}
    >
      Period of {planCode}
    </Button>
  ))
}
