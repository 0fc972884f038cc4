import { useOrganization } from '@/features/session/organization'
import type { Api } from '@/lib/api/client'
import { answerOf } from '@/lib/api/problem'
import type { components } from '@/lib/api/schema'
import { useCommand } from '@/lib/command'

type Money = components['schemas']['MoneyModel']
type Given = { params: { path: { invoiceId: string } }; headers: { 'Idempotency-Key': string } }
export type CreditInput = components['schemas']['CreditNoteCreate']

/** An act on an invoice: it changes the invoice, what was paid and credited, and what the subscription owes. */
function useInvoiceAct<Variables, Answer>(
  invoiceId: string,
  act: (api: Api, given: Given, variables: Variables) => Promise<{ body: Answer }>,
  onDone: (answer: Answer) => void,
) {
  const { id, api } = useOrganization()
  return useCommand(
    async (variables: Variables, key) => {
      const given = { params: { path: { invoiceId } }, headers: { 'Idempotency-Key': key } }
      return (await act(api, given, variables)).body
    },
    {
      invalidates: ['invoices', 'payments', 'credit-notes', 'subscriptions', 'analytics'].map((word) => [id, word]),
      onDone,
    },
  )
}

export type Payment = { amount: Money; reference: string; status: 'succeeded' | 'failed' }

export function useRecordPayment(invoiceId: string, onDone: () => void) {
  return useInvoiceAct(
    invoiceId,
    (api, given, body: Payment) => answerOf(api.POST('/api/invoices/{invoiceId}/payments', { ...given, body })),
    onDone,
  )
}

export function useCredit(invoiceId: string, onDone: (note: components['schemas']['CreditNoteBody']) => void) {
  return useInvoiceAct(
    invoiceId,
    (api, given, body: CreditInput) => answerOf(api.POST('/api/invoices/{invoiceId}/credit-notes', { ...given, body })),
    onDone,
  )
}

export function useVoid(invoiceId: string, onDone: () => void) {
  return useInvoiceAct(
    invoiceId,
    (api, given, reason: string) =>
      answerOf(api.POST('/api/invoices/{invoiceId}/void', { ...given, body: { reason } })),
    onDone,
  )
}

export function useMarkUncollectible(invoiceId: string, onDone: () => void) {
  return useInvoiceAct(
    invoiceId,
    (api, given, reason: string) =>
      answerOf(api.POST('/api/invoices/{invoiceId}/mark-uncollectible', { ...given, body: { reason } })),
    onDone,
  )
}

/** Asks the payment provider for what is due. */
export function useCollect(invoiceId: string, onDone: () => void) {
  return useInvoiceAct(
    invoiceId,
    (api, given, _: null) => answerOf(api.POST('/api/invoices/{invoiceId}/collect', given)),
    onDone,
  )
}

export function useFinalize(invoiceId: string, onDone: () => void) {
  return useInvoiceAct(
    invoiceId,
    (api, given, _: null) => answerOf(api.POST('/api/invoices/{invoiceId}/finalize', given)),
    onDone,
  )
}
