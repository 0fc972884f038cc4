'use client'

import { useState } from 'react'
import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { Form, SelectField, TextField } from '@/components/form'
import { formatMoney, majorOf, parseMoney } from '@/lib/money'
import { toast } from '@/lib/toasts'
import { type Payment, useRecordPayment } from './commands'
import type { Invoice } from './queries'

/** A payment that arrived elsewhere, or failed there: all that is due, or a part. */
export function RecordPayment({ invoice, onClose }: { invoice: Invoice; onClose: () => void }) {
  const [wrong, setWrong] = useState<string>()
  const pay = useRecordPayment(invoice.id, () => {
    toast({ text: `Payment of ${invoice.number} recorded.` })
    onClose()
  })
  return (
    <Dialog open onClose={onClose} title={`Record a payment of ${invoice.number}`}>
      <Form
        error={pay.error}
        onSubmit={(typed) => {
          const amount = parseMoney(typed('/amount'), invoice.currency)
          setWrong(amount ? undefined : `Type an amount of ${invoice.currency} such as 1,000.50.`)
          if (!amount || pay.isPending) return
          pay.mutate({ amount, reference: typed('/reference'), status: typed('/status') as Payment['status'] })
        }}
      >
        <TextField
          name="/amount"
          label={`Amount (${invoice.currency})`}
          inputMode="decimal"
          defaultValue={majorOf(invoice.amountDue)}
          error={wrong}
          help={`${formatMoney(invoice.amountDue)} is due; a part is fine.`}
        />
        <SelectField name="/status" label="Outcome">
          <option value="succeeded">Succeeded</option>
          <option value="failed">Failed</option>
        </SelectField>
        <TextField name="/reference" label="Reference" required help="Of the bank or provider; each is used once." />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Leave it</Button>
          <Button type="submit" kind="primary" busy={pay.isPending}>
            Record payment
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
