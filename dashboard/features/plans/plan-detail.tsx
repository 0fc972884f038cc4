'use client'

import Link from 'next/link'
import { useMemo } from 'react'
import { Badge, worded } from '@/components/badge'
import { Id } from '@/components/copy'
import { Instant } from '@/components/instant'
import { PageHead } from '@/components/page-head'
import { Facts, Panel } from '@/components/panel'
import { Limited } from '@/components/permitted'
import { ProblemPanel } from '@/components/problem-panel'
import { Skeleton } from '@/components/skeleton'
import { useOrganization } from '@/features/session/organization'
import { useUrlState } from '@/lib/url-state'
import { Calculator } from './calculator'
import { ChargeBlock } from './charge-block'
import { readDefinition } from './definition'
import { PlanActions } from './plan-actions'
import { PLAN_TONES } from './plan-list'
import { type Plan, usePlan } from './queries'
import { priceSentence } from './sentences'
import { startOf } from './use-draft'
import { readComparison, VersionComparison } from './version-comparison'
import { VersionsPanel } from './versions-panel'

const readUrl = (given: URLSearchParams) => ({ comparison: readComparison(given.get('compare')) })

/** The price as a customer would read it. */
export function PlanDetail({ planId }: { planId: string }) {
  const { may, path } = useOrganization()
  const plan = usePlan(planId)
  const crumb = { label: 'Plans', href: path('/plans') }
  if (!may('plans:read')) return <Limited scope="plans:read" />
  if (plan.error && !plan.data) {
    return (
      <>
        <PageHead title="Plan" crumb={crumb} />
        <ProblemPanel what="The plan" error={plan.error} onRetry={() => void plan.refetch()} />
      </>
    )
  }
  if (!plan.data) return <Skeleton rows={8} />
  const { name, status } = plan.data
  return (
    <>
      <PageHead title={name} crumb={crumb} badge={<Badge tone={PLAN_TONES[status]}>{worded(status)}</Badge>}>
        <PlanActions plan={plan.data} />
      </PageHead>
      <Shown plan={plan.data} />
    </>
  )
}

function Shown({ plan }: { plan: Plan }) {
  const [{ comparison }, change] = useUrlState(readUrl)
  const { current, currency, draft } = plan
  const definition = useMemo(
    () => readDefinition(startOf({ ...plan, draft: current ? null : draft }), currency),
    [plan, current, draft, currency],
  )
  return (
    <div className="grid items-start gap-4 py-4 xl:grid-cols-[minmax(0,1fr)_320px]">
      <div className="flex min-w-0 flex-col gap-4">
        {comparison && (
          <VersionComparison plan={plan} comparison={comparison} onClose={() => change({ compare: null })} />
        )}
        {plan.description && <p className="max-w-prose">{plan.description}</p>}
        <Panel title={priceSentence(current, currency)} flush>
          {current?.charges.map((charge) => (
            <ChargeBlock key={charge.id} charge={charge} currency={currency} />
          ))}
          {current?.charges.length === 0 && <p className="p-4 text-text-2">No charges: the base price is all of it.</p>}
          {!current && <p className="p-4 text-text-2">This plan has a draft and no published version.</p>}
        </Panel>
        <Calculator currency={currency} definition={definition.definition} />
      </div>
      <div className="flex min-w-0 flex-col gap-4">
        <PlanFacts plan={plan} />
        <VersionsPanel plan={plan} />
      </div>
    </div>
  )
}

function PlanFacts({ plan }: { plan: Plan }) {
  const { path, zone } = useOrganization()
  const { id, code, current, draft, createdAt } = plan
  return (
    <Panel title="Facts">
      <Facts
        facts={[
          [
            'Code',
            <span key="code" className="code">
              {code}
            </span>,
          ],
          ['Version', current ? String(current.number) : '–'],
          ['Draft', draft ? 'waits to be published' : 'none'],
          ['Base price', current ? (current.billing === 'advance' ? 'in advance' : 'in arrears') : '–'],
          ['Trial', current?.trialDays ? `${current.trialDays} days` : 'none'],
          [
            'Subscriptions',
            <Link key="subscriptions" className="link" href={path(`/subscriptions?planId=${id}`)}>
              See those on this plan
            </Link>,
          ],
          ['Created', <Instant key="at" at={createdAt} zone={zone} />],
          ['Id', <Id key="id" id={id} />],
        ]}
      />
    </Panel>
  )
}
