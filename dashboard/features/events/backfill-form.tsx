'use client'

import { useState } from 'react'
import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { Form, TextField } from '@/components/form'
import { useOrganization } from '@/features/session/organization'
import { goTo } from '@/lib/walk'
import { instantOfCivil } from '@/lib/zoned'
import { useOpenBackfill } from './backfill-queries'

/** A range of old times, named; its page says how events are sent to it. */
export function BackfillForm({ onClose }: { onClose: () => void }) {
  const { zone, path } = useOrganization()
  const [wrong, setWrong] = useState<{ from?: string; to?: string }>({})
  const open = useOpenBackfill((backfill) => {
    onClose()
    goTo(path(`/events/backfills/${backfill.id}`))
  })
  return (
    <Dialog open onClose={onClose} title="Open backfill">
      <Form
        error={open.error}
        onSubmit={(typed) => {
          const from = instantOfCivil(typed('/from'), zone)
          const to = instantOfCivil(typed('/to'), zone)
          setWrong({ from: from ? undefined : 'Type a day and a time.', to: to ? undefined : 'Type a day and a time.' })
          if (from && to && !open.isPending) open.mutate({ name: typed('/name'), reason: typed('/reason'), from, to })
        }}
      >
        <p>Its events may have times in this range, at most 400 days ago. All of them can be taken back together.</p>
        <TextField name="/name" label="Name" required maxLength={128} help="It is typed to revert the backfill." />
        <TextField name="/from" label={`From (${zone})`} type="datetime-local" error={wrong.from} />
        <TextField name="/to" label={`To, not included (${zone})`} type="datetime-local" error={wrong.to} />
        <TextField name="/reason" label="Reason" required maxLength={512} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Leave it</Button>
          <Button type="submit" kind="primary" busy={open.isPending}>
            Open backfill
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
