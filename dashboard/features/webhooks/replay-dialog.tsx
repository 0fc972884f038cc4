'use client'

import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { Form, SelectField } from '@/components/form'
import { type ReplayInput, useReplayRange } from './commands'

const HOUR = 3_600_000
const MINUTE = 60_000

/** Sends many again, and tells how many. */
export function ReplayDialog({ endpointId, onClose }: { endpointId: string; onClose: () => void }) {
  const replay = useReplayRange(endpointId)
  const done = replay.data
  return (
    <Dialog open onClose={onClose} title="Replay since a time">
      <Form
        error={replay.error}
        onSubmit={(typed) => {
          if (replay.isPending) return
          const hours = Number.parseInt(typed('hours'), 10)
          // Whole minutes: the same form sent twice is the same request.
          const now = Math.floor(Date.now() / MINUTE) * MINUTE
          replay.mutate({
            since: done?.nextSince ?? new Date(now - hours * HOUR).toISOString(),
            only: typed('/only') as ReplayInput['only'],
          })
        }}
      >
        <SelectField name="/only" label="What">
          <option value="failed">What failed</option>
          <option value="missing">What it never got, also from before it existed</option>
          <option value="all">Everything</option>
        </SelectField>
        <SelectField name="hours" label="Since" defaultValue="24">
          <option value="1">an hour ago</option>
          <option value="24">24 hours ago</option>
          <option value="168">7 days ago</option>
          <option value="720">30 days ago</option>
        </SelectField>
        <p role="status">
          {done &&
            `${done.dispatches} dispatch${done.dispatches === 1 ? ' is' : 'es are'} sent again.${done.nextSince ? ' There are more.' : ''}`}
        </p>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{done ? 'Close' : 'Cancel'}</Button>
          <Button type="submit" kind="primary" busy={replay.isPending}>
            {done?.nextSince ? 'Replay the rest' : 'Replay'}
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
