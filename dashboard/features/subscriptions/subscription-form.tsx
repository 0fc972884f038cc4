'use client'

import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { buttonLooks } from '@/components/button'
import { Empty } from '@/components/empty'
import { Form, TextField } from '@/components/form'
import { PageHead } from '@/components/page-head'
import { PermittedButton } from '@/components/permitted'
import { useCustomers } from '@/features/customers/queries'
import { usePlans } from '@/features/plans/queries'
import { useOrganization } from '@/features/session/organization'
import { instantOf } from '@/lib/civil'
import { useUrlState } from '@/lib/url-state'
import { InstantField } from './instant-field'
import { useCreateSubscription } from './mutations'
import { PlanChoice } from './plan-choice'

const readUrl = (given: URLSearchParams) => ({ customerId: given.get('customerId'), planId: given.get('planId') })

/** A customer takes a plan. What is left empty is the API's: from now on, the latest version, the customer's zone. */
export function SubscriptionForm() {
  const { path } = useOrganization()
  const [url] = useUrlState(readUrl)
  const plans = usePlans({ status: 'active' })
  const customers = useCustomers(undefined)
  const head = <PageHead title="New subscription" crumb={{ label: 'Subscriptions', href: path('/subscriptions') }} />
  if (plans.rows?.length === 0) {
    return (
      <>
        {head}
        <Empty
          title="No plan takes subscriptions yet"
          action={
            <Link className={buttonLooks('primary')} href={path('/plans')}>
              Publish a plan
            </Link>
          }
        >
          A subscription needs a plan with a published version.
        </Empty>
      </>
    )
  }
  if (customers.rows?.length === 0) {
    return (
      <>
        {head}
        <Empty
          title="No customers yet"
          action={
            <Link className={buttonLooks('primary')} href={path('/customers')}>
              Create a customer
            </Link>
          }
        >
          A subscription needs somebody to bill.
        </Empty>
      </>
    )
  }
  return (
    <>
      {head}
      <div className="max-w-[640px] py-6">
        <Fields customerId={url.customerId ?? ''} planId={url.planId ?? ''} />
      </div>
    </>
  )
}

function Fields({ customerId: given, planId }: { customerId: string; planId: string }) {
  const { path, zone } = useOrganization()
  const router = useRouter()
  const plans = usePlans({ status: 'active' })
  const [customerId, setCustomerId] = useState(given)
  const customers = useCustomers(customerId || undefined)
  const [chosen, choose] = useState({ planId, version: '' })
  const [wrong, setWrong] = useState<Record<string, string>>({})
  const create = useCreateSubscription(({ id }) => router.push(path(`/subscriptions/${id}`)))
  const customer = customers.rows?.find((each) => each.customerId === customerId)
  const here = customer?.timeZone ?? zone
  return (
    <Form
      error={create.error}
      onSubmit={(typed) => {
        const trial = typed('/trialDays')
        const found: Record<string, string> = {}
        if (!chosen.planId) found['/planId'] = 'Choose a plan.'
        if (trial && !/^\d{1,3}$/.test(trial)) found['/trialDays'] = 'A whole number from 0 to 730.'
        setWrong(found)
        if (create.isPending || Object.keys(found).length > 0) return
        const instant = (name: string) => instantOf(typed(name), typed('/timeZone') || here)
        create.mutate({
          customerId,
          planId: chosen.planId,
          planVersion: chosen.version ? Number.parseInt(chosen.version, 10) : null,
          startAt: instant('/startAt'),
          anchorAt: instant('/anchorAt'),
          timeZone: typed('/timeZone') || null,
          trialDays: trial ? Number.parseInt(trial, 10) : null,
        })
      }}
    >
      <TextField
        name="/customerId"
        label="Customer"
        required
        className="code"
        autoComplete="off"
        list="customers"
        value={customerId}
        onChange={(event) => setCustomerId(event.target.value.trim())}
        help={customer ? (customer.name ?? undefined) : 'Your own id of the customer, as events carry it.'}
      />
      <datalist id="customers">
        {customers.rows?.map((each) => (
          <option key={each.customerId} value={each.customerId}>
            {each.name}
          </option>
        ))}
      </datalist>
      <PlanChoice
        list={plans}
        planId={chosen.planId}
        version={chosen.version}
        onChange={(next, version) => choose({ planId: next, version })}
      />
      {wrong['/planId'] && <p className="text-caption text-danger">{wrong['/planId']}</p>}
      <InstantField name="/startAt" label="Start" zone={here} help="Now, if left empty; at most 35 days back." />
      <InstantField
        name="/anchorAt"
        label="Anchor"
        zone={here}
        help="Periods are counted from here: the start, or the end of the trial, if left empty."
      />
      <TextField
        name="/timeZone"
        label="Time zone"
        optional
        className="code"
        placeholder={here}
        help="In which periods begin and end. The customer’s, if left empty."
      />
      <TextField
        name="/trialDays"
        label="Trial days"
        optional
        inputMode="numeric"
        error={wrong['/trialDays']}
        help="Those of the plan, if left empty. During a trial nothing is billed."
      />
      <div>
        <PermittedButton scope="subscriptions:write" type="submit" kind="primary" busy={create.isPending}>
          Create subscription
        </PermittedButton>
      </div>
    </Form>
  )
}
