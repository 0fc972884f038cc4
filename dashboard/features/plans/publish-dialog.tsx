'use client'

import Link from 'next/link'
import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { DifferenceTable } from '@/components/difference-table'
import { Form } from '@/components/form'
import { useOrganization } from '@/features/session/organization'
import { typedOf } from './definition'
import { differencesOf } from './differences'
import { usePlanAct } from './mutations'
import type { Plan } from './queries'
import { startOf } from './use-draft'

type Props = { plan: Plan; onClose: () => void; onDone: (plan: Plan) => void }

/** The one act that counts: the draft becomes a version that never changes. */
export function PublishDialog({ plan, onClose, onDone }: Props) {
  const { path } = useOrganization()
  const publish = usePlanAct('publish', onDone)
  const next = (plan.latestVersion ?? 0) + 1
  return (
    <Dialog open onClose={onClose} title={`Publish version ${next}?`}>
      <Form
        error={publish.error}
        sentences={{ precondition_failed: 'Somebody else changed this plan since. Look at its draft again.' }}
        onSubmit={() => !publish.isPending && publish.mutate({ planId: plan.id, version: plan.version })}
      >
        <p>
          A published version never changes. New subscriptions take version {next}.
          {plan.latestVersion !== null && (
            <>
              {' '}
              Subscriptions on version {plan.latestVersion} stay there.{' '}
              <Link className="link" href={path(`/subscriptions?planId=${plan.id}`)}>
                See them
              </Link>
            </>
          )}
        </p>
        {plan.current && (
          <div className="max-h-72 overflow-y-auto rounded-control border border-border">
            <DifferenceTable
              caption="What changes"
              heads={[`Version ${plan.current.number}`, `Version ${next}`]}
              differences={differencesOf(typedOf(plan.current), startOf(plan))}
            />
          </div>
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose} autoFocus>
            Keep as draft
          </Button>
          <Button type="submit" kind="primary" busy={publish.isPending}>
            Publish version {next}
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
