'use client'

import Link from 'next/link'
import { useState } from 'react'
import { buttonLooks } from '@/components/button'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { PermittedButton } from '@/components/permitted'
import { PermittedLink } from '@/components/permitted-link'
import { useOrganization } from '@/features/session/organization'
import { usePlanAct } from './mutations'
import type { Plan } from './queries'

/** What can be done with a plan: edit its draft, try it on the past, archive it. */
export function PlanActions({ plan }: { plan: Plan }) {
  const { may, path } = useOrganization()
  const { id, version, status, name, draft } = plan
  const [asking, setAsking] = useState(false)
  const archive = usePlanAct('archive', () => setAsking(false))
  const unarchive = usePlanAct('unarchive')
  return (
    <>
      {may('usage:read') && (
        <Link className={buttonLooks('quiet')} href={path(`/plans/${id}/backtest`)}>
          Backtest
        </Link>
      )}
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
          <PermittedButton scope="plans:write" kind="quiet" onClick={() => setAsking(true)}>
            Archive plan
          </PermittedButton>
        )
      )}
      <PermittedLink scope="plans:write" kind="primary" href={path(`/plans/${id}/draft`)}>
        {draft ? 'Edit draft' : 'Change price'}
      </PermittedLink>
      {asking && (
        <ConfirmDialog
          title={`Archive ${name}?`}
          verb="Archive plan"
          safe="Keep plan"
          busy={archive.isPending}
          error={archive.error}
          onConfirm={() => archive.mutate({ planId: id, version })}
          onClose={() => setAsking(false)}
        >
          It takes no new subscriptions. Those that there are go on, and it can be unarchived.
        </ConfirmDialog>
      )}
    </>
  )
}
