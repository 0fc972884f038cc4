'use client'

import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { Form, TextField } from '@/components/form'
import { formatMoney } from '@/lib/money'
import { toast } from '@/lib/toasts'
import { useMarkUncollectible } from './commands'
import type { Invoice } from './queries'

export function MarkUncollectible({ invoice, onClose }: { invoice: Invoice; onClose: () => void }) {
  const mark = useMarkUncollectible(invoice.id, () => {
    toast({ text: `${invoice.number} is uncollectible.` })
    onClose()
  })
  return (
    <Dialog open onClose={onClose} title={`Mark ${invoice.number} as uncollectible`}>
      <Form error={mark.error} onSubmit={(typed) => !mark.isPending && mark.mutate(typed('/reason'))}>
        <p>
          Nobody asks for the {formatMoney(invoice.amountDue)} any more, and reminders end. A payment may still be
          recorded if it comes. This cannot be undone.
        </p>
        <TextField name="/reason" label="Reason" required maxLength={500} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Keep it open</Button>
          <Button type="submit" kind="danger" busy={mark.isPending}>
            Mark as uncollectible
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
