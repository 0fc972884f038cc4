'use client'

import { useState } from 'react'
import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { Form, TextField } from '@/components/form'
import { formatMoney } from '@/lib/money'
import { toast } from '@/lib/toasts'
import { useVoid } from './commands'
import type { Invoice } from './queries'

/** The number is typed, since this cannot be undone. */
export function VoidInvoice({ invoice, onClose }: { invoice: Invoice; onClose: () => void }) {
  const [wrong, setWrong] = useState<string>()
  const number = invoice.number ?? ''
  const annul = useVoid(invoice.id, () => {
    toast({ text: `${invoice.number} is void.` })
    onClose()
  })
  return (
    <Dialog open onClose={onClose} title={`Void ${number}`}>
      <Form
        error={annul.error}
        onSubmit={(typed) => {
          const matches = typed('typed') === number
          setWrong(matches ? undefined : `Type ${number}.`)
          if (matches && !annul.isPending) annul.mutate(typed('/reason'))
        }}
      >
        <p>
          Its total of {formatMoney(invoice.total)} is no longer owed. The number stays used. This cannot be undone.
        </p>
        <TextField name="/reason" label="Reason" required maxLength={500} />
        <TextField name="typed" label={`Type ${number} to go on`} autoComplete="off" error={wrong} className="code" />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Keep invoice</Button>
          <Button type="submit" kind="danger" busy={annul.isPending}>
            Void invoice
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
