'use client'

import Link from 'next/link'
import { Badge } from '@/components/badge'
import { Id } from '@/components/copy'
import { Instant } from '@/components/instant'
import { PageHead } from '@/components/page-head'
import { Facts, Panel } from '@/components/panel'
import { Limited } from '@/components/permitted'
import { ProblemPanel } from '@/components/problem-panel'
import { Skeleton } from '@/components/skeleton'
import { useOrganization } from '@/features/session/organization'
import { ChargeBlock } from './charge-block'
import { PLAN_TONES } from './plan-list'
import { usePlan } from './queries'
import { priceSentence } from './sentences'

/** The price as a customer would read it. */
export function PlanDetail({ planId }: { planId: string }) {
  const { may, path, zone } = useOrganization()
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
  const { name, code, status, current, currency, draft, createdAt, id } = plan.data
  return (
    <>
      <PageHead title={name} crumb={crumb} badge={<Badge tone={PLAN_TONES[status]}>{status}</Badge>} />
      <div className="grid gap-4 py-6 xl:grid-cols-[1fr_320px]">
        <Panel title={priceSentence(current, currency)} flush>
          {current?.charges.map((charge) => (
            <ChargeBlock key={charge.id} charge={charge} currency={currency} />
          ))}
          {current?.charges.length === 0 && <p className="p-4 text-text-2">No charges: the base price is all of it.</p>}
          {!current && <p className="p-4 text-text-2">This plan has a draft and no published version.</p>}
        </Panel>
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
      </div>
    </>
  )
}
