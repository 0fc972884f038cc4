'use client'

import { Button } from '@/components/button'
import { DifferenceTable } from '@/components/difference-table'
import { Panel } from '@/components/panel'
import type { DefinitionTyped } from './definition'
import { differencesOf } from './differences'
import type { Plan } from './queries'
import { startOf } from './use-draft'

type Props = { theirs: Plan; mine: DefinitionTyped; onKeep: (whose: 'mine' | 'theirs') => void }

/** Another person saved the draft: both are shown, and nothing typed here is lost before one is chosen. */
export function DraftConflict({ theirs, mine, onKeep }: Props) {
  return (
    <div role="alert">
      <Panel title="Somebody else changed this plan" flush>
        <p className="px-4 pb-3 text-text-2">
          Your draft was not saved, and theirs was not overwritten. Here is where the two differ.
        </p>
        <DifferenceTable
          caption="Where the two drafts differ"
          heads={['Theirs, saved', 'Yours, typed here']}
          differences={differencesOf(startOf(theirs), mine)}
        />
        <div className="flex flex-wrap justify-end gap-2 border-t border-border p-4">
          <Button onClick={() => onKeep('theirs')}>Take theirs</Button>
          <Button kind="primary" onClick={() => onKeep('mine')}>
            Save mine over theirs
          </Button>
        </div>
      </Panel>
    </div>
  )
}
