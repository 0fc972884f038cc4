'use client'

import { Button } from '@/components/button'
import { useOrganization } from '@/features/session/organization'
import { problemOf } from '@/lib/api/problem'
import { useCommand } from '@/lib/command'
import { saveFile } from '@/lib/save-file'
import { csvOf } from './export-csv'
import { readWholeUsage, type Usage } from './queries'
import type { Questions } from './questions'

/** Every row, along the cursor to the end, with the API's exact strings. */
export function ExportCsv({ questions, name }: { questions: Questions; name: string }) {
  const { api } = useOrganization()
  const save = useCommand(
    async ({ whole, grouped }: Questions) => {
      const all = await readWholeUsage(api, whole)
      return csvOf(grouped ? await readWholeUsage(api, grouped) : all, all[0] as Usage)
    },
    {
      onDone: (text) => saveFile(new Blob([text], { type: 'text/csv' }), `${name}.csv`),
    },
  )
  return (
    <>
      {save.error && <span className="text-danger">{problemOf(save.error).detail}</span>}
      <Button busy={save.isPending} onClick={() => save.mutate(questions)}>
        Export CSV
      </Button>
    </>
  )
}
