'use client'

import { useState } from 'react'
import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { Form, SelectField, TextField } from '@/components/form'
import { PermittedButton } from '@/components/permitted'
import { useOrganization } from '@/features/session/organization'
import { answerOf } from '@/lib/api/problem'
import { useCommand } from '@/lib/command'
import { formatMoney, majorOf, parseMoney } from '@/lib/money'
import type { Invoice } from './queries'

/** What can be done to an invoice: its amounts and lines never change after issue. */
export function InvoiceActions({ invoice }: { invoice: Invoice }) {
  const [act, setAct] = useState<'pay' | 'void' | null>(null)
  const closed = invoice.status === 'open' ? null : `This invoice is ${invoice.status}.`
  const paidInPart = invoice.amountPaid.amountMinor > 0 ? 'A payment was recorded: credit the invoice instead.' : null
  return (
    <>
      <PermittedButton scope="invoices:write" unless={closed ?? paidInPart} onClick={() => setAct('void')}>
        Void invoice
      </PermittedButton>
      <PermittedButton scope="invoices:write" unless={closed} kind="primary" onClick={() => setAct('pay')}>
        Record payment
      </PermittedButton>
      {act === 'pay' && <Pay invoice={invoice} onClose={() => setAct(null)} />}
      {act === 'void' && <Void invoice={invoice} onClose={() => setAct(null)} />}
    </>
  )
}

type Acted = { invoice: Invoice; onClose: () => void }

function Pay({ invoice, onClose }: Acted) {
  const { id, api } = useOrganization()
  const [wrong, setWrong] = useState<string>()
  const pay = useCommand(
    async (body: { amount: Invoice['total']; reference: string; status: 'succeeded' | 'failed' }, key) => {
      const params = { path: { invoiceId: invoice.id } }
      const headers = { 'Idempotency-Key': key }
      return (await answerOf(api.POST('/api/invoices/{invoiceId}/payments', { params, body, headers }))).body
    },
    {
      invalidates: [
        [id, 'invoices'],
        [id, 'payments'],
        [id, 'subscriptions'],
      ],
      onDone: onClose,
    },
  )
  return (
    <Dialog open onClose={onClose} title={`Record a payment of ${invoice.number}`}>
      <Form
        error={pay.error}
        onSubmit={(typed) => {
          const amount = parseMoney(typed('/amount'), invoice.currency)
          setWrong(amount ? undefined : `Type an amount of ${invoice.currency} such as 1,000.50.`)
          if (amount && !pay.isPending) {
            pay.mutate({ amount, reference: typed('/reference'), status: typed('/status') as 'succeeded' | 'failed' })
          }
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

function Void({ invoice, onClose }: Acted) {
  const { id, api } = useOrganization()
  const [wrong, setWrong] = useState<string>()
  const number = invoice.number ?? ''
  const annul = useCommand(
    async (reason: string, key) => {
      const params = { path: { invoiceId: invoice.id } }
      const headers = { 'Idempotency-Key': key }
      return (await answerOf(api.POST('/api/invoices/{invoiceId}/void', { params, body: { reason }, headers }))).body
    },
    { invalidates: [[id, 'invoices']], onDone: onClose },
  )
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
