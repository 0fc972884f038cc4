'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { Button } from '@/components/button'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { useOrganization } from '@/features/session/organization'
import { useDropDraft } from './mutations'
import type { Plan } from './queries'

/** Drops the draft of a plan that has a published version to go back to. */
export function DropDraft({ plan, version }: { plan: Plan; version: number }) {
  const { may, path } = useOrganization()
  const router = useRouter()
  const [asking, setAsking] = useState(false)
  const drop = useDropDraft(() => router.push(path(`/plans/${plan.id}`)))
  if (plan.draft === null || plan.latestVersion === null || !may('plans:write')) return null
  return (
    <>
      <Button kind="quiet" onClick={() => setAsking(true)}>
        Drop draft
      </Button>
      {asking && (
        <ConfirmDialog
          title="Drop this draft?"
          verb="Drop draft"
          safe="Keep draft"
          busy={drop.isPending}
          error={drop.error}
          onConfirm={() => drop.mutate({ planId: plan.id, version })}
          onClose={() => setAsking(false)}
        >
          What was typed since version {plan.latestVersion} is lost. The published versions stay as they are.
        </ConfirmDialog>
      )}
    </>
  )
}
