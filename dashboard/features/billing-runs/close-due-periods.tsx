'use client'

import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { Form } from '@/components/form'
import { type BillingRun, useCloseDuePeriods } from './queries'

type Props = { onClose: () => void; onClosed: (run: BillingRun) => void }

/** Closing cannot be undone: an issued invoice never changes. */
export function CloseDuePeriods({ onClose, onClosed }: Props) {
  const close = useCloseDuePeriods((run) => {
    onClose()
    onClosed(run)
  })
  return (
    <Dialog open onClose={onClose} title="Close due periods">
      <Form
        error={close.error}
        onSubmit={(_, form) => !close.isPending && close.mutate(form.get('ignoreGrace') === 'on')}
      >
        <p>
          Every period that is over is closed once all events accepted before now are counted, and its invoice is
          issued. This cannot be undone.
        </p>
        <label className="flex min-h-6 items-start gap-2 max-md:min-h-11">
          <input type="checkbox" name="ignoreGrace" className="mt-1 size-4" />
          <span>Do not wait for the grace of periods that ended only now. Every event is waited for in any case.</span>
        </label>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose} autoFocus>
            Leave it
          </Button>
          <Button type="submit" kind="primary" busy={close.isPending}>
            Close due periods
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
