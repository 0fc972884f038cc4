'use client'

import { useRouter } from 'next/navigation'
import { useEffect, useState } from 'react'
import { Badge } from '@/components/badge'
import { PageHead } from '@/components/page-head'
import { PermittedButton } from '@/components/permitted'
import { useOrganization } from '@/features/session/organization'
import { Calculator } from './calculator'
import { DefinitionFields } from './definition-fields'
import { DraftConflict } from './draft-conflict'
import { DropDraft } from './drop-draft'
import { EditorProvider } from './editor-context'
import { PLAN_TONES } from './plan-list'
import { fieldsOf } from './problem-fields'
import { PublishDialog } from './publish-dialog'
import type { Plan } from './queries'
import { SaveLine } from './save-line'
import { useDraft } from './use-draft'

/** A plan's draft: the form on the left, what it costs on the right, and publishing on top. */
export function DraftEditor({ plan }: { plan: Plan }) {
  const { may, path } = useOrganization()
  const router = useRouter()
  const draft = useDraft(plan)
  const [publishing, setPublishing] = useState(false)
  const { typed, state, errors, dirty } = draft
  useWarning(dirty)
  const refused = state.kind === 'refused' ? fieldsOf(state.problem) : null
  const wrong = new Map([...(refused ?? []), ...errors])
  const here = path(`/plans/${plan.id}`)
  const blocked = blockedBy()
  return (
    <EditorProvider value={{ errors: wrong, currency: plan.currency, readOnly: !may('plans:write') }}>
      <PageHead
        title={`Draft of ${plan.name}`}
        crumb={{ label: plan.name, href: here }}
        badge={<Badge tone={PLAN_TONES[plan.status]}>{plan.status}</Badge>}
      >
        <SaveLine state={state} wrong={wrong.size} hasDraft={plan.draft !== null} />
        <DropDraft plan={plan} version={draft.version} />
        <PermittedButton scope="plans:write" kind="primary" unless={blocked} onClick={() => setPublishing(true)}>
          Publish version {(plan.latestVersion ?? 0) + 1}
        </PermittedButton>
      </PageHead>
      <div className="flex flex-col gap-4 py-4">
        {state.kind === 'conflict' && (
          <DraftConflict theirs={state.theirs} mine={typed} onKeep={(whose) => draft.resolve(state.theirs, whose)} />
        )}
        <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_420px]">
          <DefinitionFields typed={typed} onChange={draft.setTyped} />
          <div className="min-w-0 xl:sticky xl:top-20 xl:max-h-[calc(100vh-96px)] xl:overflow-y-auto">
            <Calculator
              currency={plan.currency}
              definition={draft.definition}
              reason={errors.size > 0 ? 'a field of the form needs another value.' : null}
            />
          </div>
        </div>
      </div>
      {publishing && (
        <PublishDialog
          plan={{ ...plan, version: draft.version }}
          onClose={() => setPublishing(false)}
          onDone={() => router.push(here)}
        />
      )}
    </EditorProvider>
  )

  function blockedBy(): string | null {
    if (wrong.size > 0) return 'A field needs another value first.'
    if (state.kind === 'conflict') return 'Choose one of the two drafts first.'
    if (dirty) return 'The draft is being saved.'
    return plan.draft === null ? 'Nothing changed since the latest version.' : null
  }
}

/** Leaving the site with something unsaved asks first. */
function useWarning(dirty: boolean): void {
  useEffect(() => {
    if (!dirty) return
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [dirty])
}
