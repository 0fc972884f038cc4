'use client'

import { useState } from 'react'
import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { Form, SelectField, TextField } from '@/components/form'
import { Skeleton } from '@/components/skeleton'
import { type CreditNote, DISPOSITIONS, useCreditNotes } from '@/features/credit-notes/queries'
import { useOrganization } from '@/features/session/organization'
import { formatMoney, type Money, parseMoney } from '@/lib/money'
import { toast } from '@/lib/toasts'
import { type CreditInput, useCredit } from './commands'
import type { Invoice, Line } from './queries'

const NOTES_MAX = 200

/** What is left of each line that can be credited: its amount without what was credited before. */
function creditable(invoice: Invoice, notes: readonly CreditNote[]): { line: Line; left: Money }[] {
  const given = new Map<string, bigint>()
  for (const { lineId, amount } of notes.flatMap(({ lines }) => lines)) {
    given.set(lineId, (given.get(lineId) ?? 0n) + BigInt(amount.amountMinor))
  }
  return invoice.lines
    .map((line) => {
      const minor = BigInt(line.amount.amountMinor) - (given.get(line.id) ?? 0n)
      return { line, left: { currency: invoice.currency, amountMinor: Number(minor) } }
    })
    .filter(({ line, left }) => left.amountMinor > 0 && line.kind !== 'carry_forward')
}

export function CreditInvoice({ invoice, onClose }: { invoice: Invoice; onClose: () => void }) {
  const notes = useCreditNotes({ invoiceId: invoice.id }, NOTES_MAX)
  return (
    <Dialog open onClose={onClose} title={`Credit ${invoice.number}`}>
      {notes.rows ? (
        <CreditForm invoice={invoice} lines={creditable(invoice, notes.rows)} onClose={onClose} />
      ) : (
        <Skeleton rows={4} />
      )}
    </Dialog>
  )
}

type FormProps = { invoice: Invoice; lines: readonly { line: Line; left: Money }[]; onClose: () => void }

/** An amount a line, what becomes of it, and why. */
function CreditForm({ invoice, lines, onClose }: FormProps) {
  const [wrong, setWrong] = useState<Record<string, string>>({})
  const { path } = useOrganization()
  const credit = useCredit(invoice.id, ({ id, number }) => {
    toast({
      text: `Credit note ${number} of ${invoice.number} issued.`,
      href: path(`/credit-notes/${id}`),
      linked: number,
    })
    onClose()
  })
  const open = invoice.status === 'open'
  const possible = (Object.keys(DISPOSITIONS) as CreditNote['disposition'][]).filter((name) =>
    name === 'reduce_due' ? open : invoice.amountPaid.amountMinor > 0,
  )
  if (lines.length === 0) return <p>All of this invoice was credited.</p>
  if (possible.length === 0)
    return <p>Nothing is due on this invoice, and nothing was paid that could be given back.</p>
  return (
    <Form
      error={credit.error}
      onSubmit={(typed) => {
        const faults: Record<string, string> = {}
        const credits: CreditInput['lines'] = []
        for (const { line } of lines) {
          const text = typed(line.id)
          const amount = text === '' ? null : parseMoney(text, invoice.currency)
          if (text !== '' && !amount) faults[line.id] = `Type an amount of ${invoice.currency} such as 1,000.50.`
          else if (amount && amount.amountMinor > 0) credits.push({ lineId: line.id, amount })
        }
        const [first] = lines
        if (credits.length === 0 && Object.keys(faults).length === 0 && first) {
          faults[first.line.id] = 'Type an amount for one line at least.'
        }
        setWrong(faults)
        if (Object.keys(faults).length > 0 || credit.isPending) return
        const disposition = typed('/disposition') as CreditNote['disposition']
        credit.mutate({ lines: credits, disposition, reason: typed('/reason') })
      }}
    >
      {lines.map(({ line, left }) => (
        <TextField
          key={line.id}
          name={line.id}
          label={line.description}
          inputMode="decimal"
          optional
          error={wrong[line.id]}
          help={`At most ${formatMoney(left)}, which is left of ${formatMoney(line.amount)}.`}
        />
      ))}
      <SelectField name="/disposition" label="What becomes of it">
        {possible.map((name) => (
          <option key={name} value={name}>
            {DISPOSITIONS[name]}
          </option>
        ))}
      </SelectField>
      <TextField name="/reason" label="Reason" required maxLength={500} help="It stands on the credit note." />
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Leave it</Button>
        <Button type="submit" kind="primary" busy={credit.isPending}>
          Issue credit note
        </Button>
      </div>
    </Form>
  )
}
