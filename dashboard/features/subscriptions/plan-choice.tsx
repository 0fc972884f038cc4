'use client'

import { Button } from '@/components/button'
import { SelectField } from '@/components/form'
import { type Plan, usePlan, useVersions } from '@/features/plans/queries'
import type { List } from '@/lib/list'

type Props = {
  list: List<Plan>
  /** A currency that only its plans are offered of. */
  currency?: string
  planId: string
  version: string
  onChange: (planId: string, version: string) => void
}

/** A plan that takes subscriptions, and which of its versions: the latest unless one is named. */
export function PlanChoice({ list, currency, planId, version, onChange }: Props) {
  const listed = list.rows?.filter((plan) => !currency || plan.currency === currency) ?? []
  // One that a link names may stand further down than what was loaded.
  const named = usePlan(planId, planId !== '' && !listed.some(({ id }) => id === planId))
  const plans = named.data && !listed.some(({ id }) => id === planId) ? [...listed, named.data] : listed
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
      {list.more && (
        <div className="flex items-center gap-3">
          <Button busy={list.loadingMore} onClick={list.loadMore}>
            Load 50 more plans
          </Button>
          <span className="numeral text-text-2">{listed.length} offered</span>
        </div>
      )}
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
