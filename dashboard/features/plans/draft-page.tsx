'use client'

import { useRef } from 'react'
import { PageHead } from '@/components/page-head'
import { Limited } from '@/components/permitted'
import { ProblemPanel } from '@/components/problem-panel'
import { Skeleton } from '@/components/skeleton'
import { useOrganization } from '@/features/session/organization'
import { DraftEditor } from './draft-editor'
import { usePlan } from './queries'

export function DraftPage({ planId }: { planId: string }) {
  const { may, path } = useOrganization()
  const plan = usePlan(planId)
  // The editor begins with what the server has now, not with what an earlier page was told.
  const ready = useRef(false)
  if (plan.data && !plan.isFetching) ready.current = true
  if (!may('plans:read')) return <Limited scope="plans:read" />
  if (plan.data && ready.current) return <DraftEditor plan={plan.data} />
  return (
    <>
      <PageHead title="Draft" crumb={{ label: 'Plans', href: path('/plans') }} />
      {plan.error ? (
        <ProblemPanel what="The plan" error={plan.error} onRetry={() => void plan.refetch()} />
      ) : (
        <Skeleton rows={8} />
      )}
    </>
  )
}
