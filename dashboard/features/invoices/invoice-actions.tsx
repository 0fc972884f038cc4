'use client'

import { Ellipsis } from 'lucide-react'
import { useState } from 'react'
import { Button } from '@/components/button'
import { Menu, MenuItem } from '@/components/menu'
import { PermittedButton } from '@/components/permitted'
import { useOrganization } from '@/features/session/organization'
import { limitedSentence } from '@/lib/permissions'
import { AskFirst } from './ask-first'
import { CreditInvoice } from './credit-invoice'
import { MarkUncollectible } from './mark-uncollectible'
import { type Collection, type Invoice, useCollection } from './queries'
import { RecordPayment } from './record-payment'
import { VoidInvoice } from './void-invoice'

type Act = 'pay' | 'collect' | 'credit' | 'uncollectible' | 'void' | 'finalize'

const OBSTACLES: Record<NonNullable<Collection['obstacle']>, string> = {
  not_due: 'Nothing is due on this invoice.',
  under_way: 'A payment of this invoice is under way.',
  no_provider: 'No payment provider is set up for this installation.',
  no_payment_method: 'The customer has no payment method.',
}

/** Why an act is not possible in the invoice's state, or null. */
function reasonsAgainst(
  { status, amountPaid }: Invoice,
  collection: Collection | undefined,
): Record<Act, string | null> {
  const standing = `This invoice is ${status}.`
  const notOpen = status === 'open' ? null : standing
  const paid = amountPaid.amountMinor > 0 ? 'A payment was recorded: credit the invoice instead.' : null
  return {
    pay: status === 'open' || status === 'uncollectible' ? null : standing,
    collect: notOpen ?? (collection ? collection.obstacle && OBSTACLES[collection.obstacle] : 'Looking…'),
    credit: status === 'draft' || status === 'void' ? standing : null,
    uncollectible: notOpen,
    void: notOpen ?? paid,
    finalize: status === 'draft' ? null : standing,
  }
}

/** What can be done to an invoice: its amounts and lines never change after issue. */
export function InvoiceActions({ invoice }: { invoice: Invoice }) {
  const { may, role } = useOrganization()
  const [act, setAct] = useState<Act | null>(null)
  const limited = may('invoices:write') ? null : limitedSentence('invoices:write', role)
  const collection = useCollection(invoice).data
  const against = reasonsAgainst(invoice, collection)
  const item = (name: Act, label: string) => (
    <MenuItem reason={limited ?? against[name]} onSelect={() => setAct(name)}>
      {label}
    </MenuItem>
  )
  const draft = invoice.status === 'draft'
  const trigger = (
    <Button aria-label="More actions" title="More actions" className="px-2 max-md:w-11">
      <Ellipsis size={16} strokeWidth={1.75} aria-hidden />
    </Button>
  )
  const shown = { invoice, onClose: () => setAct(null) }
  return (
    <>
      <PermittedButton
        scope="invoices:write"
        unless={against[draft ? 'finalize' : 'pay']}
        kind="primary"
        onClick={() => setAct(draft ? 'finalize' : 'pay')}
      >
        {draft ? 'Finalize draft' : 'Record payment'}
      </PermittedButton>
      {!draft && (
        <Menu trigger={trigger} label="More actions">
          {item('credit', 'Credit lines')}
          {collection?.obstacle !== 'no_provider' && item('collect', 'Collect payment')}
          {item('uncollectible', 'Mark as uncollectible')}
          {item('void', 'Void invoice')}
        </Menu>
      )}
      {act === 'pay' && <RecordPayment {...shown} />}
      {act === 'credit' && <CreditInvoice {...shown} />}
      {act === 'uncollectible' && <MarkUncollectible {...shown} />}
      {act === 'void' && <VoidInvoice {...shown} />}
      {(act === 'collect' || act === 'finalize') && <AskFirst act={act} {...shown} />}
    </>
  )
}
