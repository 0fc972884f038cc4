'use client'

import Link from 'next/link'
import { useState } from 'react'
import { buttonLooks } from '@/components/button'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { PermittedButton } from '@/components/permitted'
import { PermittedLink } from '@/components/permitted-link'
import { useOrganization } from '@/features/session/organization'
import { usePlanAct } from './mutations'
import { PlanEdit } from './plan-edit'
import type { Plan } from './queries'

/** What can be done with a plan: edit its draft, try it on the past, archive it. */
export function PlanActions({ plan }: { plan: Plan }) {
  const { may, path } = useOrganization()
  const { id, version, status, name, draft } = plan
  const [asking, ask] = useState<'edit' | 'archive' | null>(null)
  const archive = usePlanAct('archive', () => ask(null))
  const unarchive = usePlanAct('unarchive')
  return (
    <>
      {may('usage:read') && (
        <Link className={buttonLooks('quiet')} href={path(`/plans/${id}/backtest`)}>
          Backtest
        </Link>
      )}
      <PermittedButton scope="plans:write" kind="quiet" onClick={() => ask('edit')}>
        Edit name
      </PermittedButton>
      {status === 'archived' ? (
        <PermittedButton
          scope="plans:write"
          busy={unarchive.isPending}
          onClick={() => unarchive.mutate({ planId: id, version })}
        >
          Unarchive plan
        </PermittedButton>
      ) : (
        status === 'active' && (
          <PermittedButton scope="plans:write" kind="quiet" onClick={() => ask('archive')}>
            Archive plan
          </PermittedButton>
        )
      )}
      <PermittedLink scope="plans:write" kind="primary" href={path(`/plans/${id}/draft`)}>
        {draft ? 'Edit draft' : 'Change price'}
      </PermittedLink>
      {asking === 'edit' && <PlanEdit plan={plan} onClose={() => ask(null)} />}
      {asking === 'archive' && (
        <ConfirmDialog
          title={`Archive ${name}?`}
          verb="Archive plan"
          safe="Keep plan"
          busy={archive.isPending}
          error={archive.error}
          onConfirm={() => archive.mutate({ planId: id, version })}
          onClose={() => ask(null)}
        >
          It takes no new subscriptions. Those that there are go on, and it can be unarchived.
        </ConfirmDialog>
      )}
    </>
  )
}
