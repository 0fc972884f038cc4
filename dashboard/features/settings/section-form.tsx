'use client'

import { type ReactNode, useState } from 'react'
import { Form, type Typed } from '@/components/form'
import { Panel } from '@/components/panel'
import { PermittedButton } from '@/components/permitted'
import { useOrganization } from '@/features/session/organization'
import { type SettingsPatch, useSaveSettings } from './queries'

type Props = {
  title: string
  /** What is to change; null where something typed cannot be read, which the field itself says. */
  read: (typed: Typed) => SettingsPatch | null
  children: ReactNode
}

/** A section of the settings that saves by itself, and says so in place. */
export function SectionForm({ title, read, children }: Props) {
  const { facts } = useOrganization()
  const [saved, setSaved] = useState(false)
  const save = useSaveSettings(() => setSaved(true))
  return (
    <Panel title={title}>
      <Form
        error={save.error}
        sentences={{
          precondition_failed: 'Somebody else changed the settings meanwhile. Reload the page, then save again.',
        }}
        onSubmit={(typed) => {
          setSaved(false)
          const patch = read(typed)
          if (patch && !save.isPending) save.mutate(patch)
        }}
      >
        <div key={facts.version} className="flex flex-col gap-4">
          {children}
        </div>
        <div className="flex items-center justify-end gap-3">
          <span role="status" className="text-success">
            {saved && 'Saved.'}
          </span>
          <PermittedButton scope="organization:write" type="submit" kind="primary" busy={save.isPending}>
            Save changes
          </PermittedButton>
        </div>
      </Form>
    </Panel>
  )
}
