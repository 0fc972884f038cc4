'use client'

import { useRouter } from 'next/navigation'
import { type ReactNode, useState } from 'react'
import { Button } from '@/components/button'
import { DifferenceTable } from '@/components/difference-table'
import { Form, type Typed } from '@/components/form'
import { Panel } from '@/components/panel'
import { PermittedButton } from '@/components/permitted'
import { type OrganizationFacts, useOrganization } from '@/features/session/organization'
import { type SettingsPatch, useSaveSettings } from './queries'
import { settingsDifferences } from './values'

type Props = {
  title: string
  /** The settings that stand in this section: typed text of another one outlives that these are saved. */
  of: readonly (keyof OrganizationFacts)[]
  /** What is to change; null where something typed cannot be read, which the field itself says. */
  read: (typed: Typed) => SettingsPatch | null
  children: ReactNode
}

type Conflict = { patch: SettingsPatch; theirs: OrganizationFacts }

/** A section of the settings that saves by itself, and says so in place. */
export function SectionForm({ title, of, read, children }: Props) {
  const { facts } = useOrganization()
  const router = useRouter()
  const [saved, setSaved] = useState(false)
  const [conflict, setConflict] = useState<Conflict | null>(null)
  const save = useSaveSettings(
    () => {
      setConflict(null)
      setSaved(true)
    },
    (patch, theirs) => setConflict({ patch, theirs }),
  )
  const takeTheirs = () => {
    setConflict(null)
    save.reset()
    router.refresh()
  }
  return (
    <Panel title={title}>
      <Form
        error={save.error}
        sentences={{
          precondition_failed: 'Somebody else changed these settings meanwhile. What you typed is still here: choose.',
        }}
        onSubmit={(typed) => {
          setSaved(false)
          const patch = read(typed)
          if (patch && !save.isPending) save.mutate({ patch, over: conflict?.theirs })
        }}
      >
        <div key={JSON.stringify(of.map((name) => facts[name]))} className="flex flex-col gap-4">
          {children}
        </div>
        {conflict && (
          <div className="rounded-control border border-border">
            <DifferenceTable
              caption="Where the two differ"
              heads={['Theirs, saved', 'Yours, typed here']}
              differences={settingsDifferences(conflict.patch, conflict.theirs)}
            />
          </div>
        )}
        <div className="flex flex-wrap items-center justify-end gap-3">
          <span role="status" className="text-success">
            {saved && 'Saved.'}
          </span>
          {conflict && <Button onClick={takeTheirs}>Take theirs</Button>}
          <PermittedButton scope="organization:write" type="submit" kind="primary" busy={save.isPending}>
            {conflict ? 'Save mine over theirs' : 'Save changes'}
          </PermittedButton>
        </div>
      </Form>
    </Panel>
  )
}
