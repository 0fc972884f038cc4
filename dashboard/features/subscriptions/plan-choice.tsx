'use client'

import { SelectField } from '@/components/form'
import { type Plan, useVersions } from '@/features/plans/queries'

type Props = {
  plans: readonly Plan[]
  planId: string
  version: string
  onChange: (planId: string, version: string) => void
}

/** A plan that takes subscriptions, and which of its versions: the latest unless one is named. */
export function PlanChoice({ plans, planId, version, onChange }: Props) {
  return (
    <>
      <SelectField name="/planId" label="Plan" value={planId} onChange={(event) => onChange(event.target.value, '')}>
        <option value="">Choose a plan</option>
        {plans.map(({ id, name, code, currency }) => (
          <option key={id} value={id}>
            {name} ({code}, {currency})
          </option>
        ))}
      </SelectField>
      {planId && <VersionChoice planId={planId} version={version} onChange={(chosen) => onChange(planId, chosen)} />}
    </>
  )
}

type VersionProps = { planId: string; version: string; onChange: (version: string) => void }

function VersionChoice({ planId, version, onChange }: VersionProps) {
  const versions = useVersions(planId)
  const numbers = versions.rows?.map(({ number }) => number) ?? []
  if (numbers.length < 2) return null
  return (
    <SelectField name="/planVersion" label="Version" value={version} onChange={(event) => onChange(event.target.value)}>
      <option value="">Latest, version {numbers[0]}</option>
      {numbers.slice(1).map((number) => (
        <option key={number} value={number}>
          Version {number}
        </option>
      ))}
    </SelectField>
  )
}
