'use client'

import Link from 'next/link'
import { useState } from 'react'
import { buttonLooks } from '@/components/button'
import { PermittedButton } from '@/components/permitted'
import { PermittedLink } from '@/components/permitted-link'
import { useOrganization } from '@/features/session/organization'
import { toast } from '@/lib/toasts'
import { usePlanAct } from './mutations'
import { PlanEdit } from './plan-edit'
import type { Plan } from './queries'

/** What can be done with a plan: edit its draft, try it on the past, archive it. */
export function PlanActions({ plan }: { plan: Plan }) {
  const { may, path } = useOrganization()
  const { id, version, status, name, draft } = plan
  const [editing, edit] = useState(false)
  const unarchive = usePlanAct('unarchive', () => toast({ text: `${name} takes subscriptions again.` }))
  const archive = usePlanAct('archive', (archived) =>
    toast({
      text: `${name} is archived: it takes no new subscriptions, and those that there are go on.`,
      undo: () => unarchive.mutate({ planId: id, version: archived.version }),
    }),
  )
  const error = archive.error ?? unarchive.error
  return (
    <>
      {error && (
        <span role="alert" className="text-danger">
          {error.detail}
        </span>
      )}
      {may('usage:read') && (
        <Link className={buttonLooks('quiet')} href={path(`/plans/${id}/backtest`)}>
          Backtest
        </Link>
      )}
      <PermittedButton scope="plans:write" kind="quiet" onClick={() => edit(true)}>
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
          <PermittedButton
            scope="plans:write"
            kind="quiet"
            busy={archive.isPending}
            onClick={() => archive.mutate({ planId: id, version })}
          >
            Archive plan
          </PermittedButton>
        )
      )}
      <PermittedLink scope="plans:write" kind="primary" href={path(`/plans/${id}/draft`)}>
        {draft ? 'Edit draft' : 'Change price'}
      </PermittedLink>
      {editing && <PlanEdit plan={plan} onClose={() => edit(false)} />}
    </>
  )
}
