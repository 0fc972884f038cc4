'use client'

import { ConfirmDialog } from '@/components/confirm-dialog'
import { formatMoney } from '@/lib/money'
import { toast } from '@/lib/toasts'
import { useCollect, useFinalize } from './commands'
import type { Invoice } from './queries'

type Props = { act: 'collect' | 'finalize'; invoice: Invoice; onClose: () => void }

/** Asking the provider for money, and ending a draft's grace: said before they are done. */
export function AskFirst({ act, invoice, onClose }: Props) {
  const done = (text: string) => {
    toast({ text })
    onClose()
  }
  const collect = useCollect(invoice.id, () => done(`The provider was asked for ${invoice.number}.`))
  const finalize = useFinalize(invoice.id, () => done('The draft is on its way to its number.'))
  const { isPending, error, mutate } = act === 'collect' ? collect : finalize
  const verb = act === 'collect' ? 'Collect payment' : 'Finalize draft'
  return (
    <ConfirmDialog
      title={verb}
      verb={verb}
      safe="Leave it"
      busy={isPending}
      error={error}
      onConfirm={() => mutate(null)}
      onClose={onClose}
    >
      {act === 'collect'
        ? `The payment provider is asked for ${formatMoney(invoice.amountDue)} by the customer's payment method.`
        : 'Ends the grace early; still waits for every event. The invoice gets its number, and its lines never change again.'}
    </ConfirmDialog>
  )
}
