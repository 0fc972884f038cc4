import { useOrganization } from '@/features/session/organization'
import type { components } from '@/lib/api/schema'
import { type List, useList } from '@/lib/list'
import { useOne } from '@/lib/poll'

export type CreditNote = components['schemas']['CreditNoteBody']

export function useCreditNotes(filters: { invoiceId?: string; customerId?: string }, limit = 50): List<CreditNote> {
  const { id, api } = useOrganization()
  return useList(
    [id, 'credit-notes', filters, limit],
    (cursor) => api.GET('/api/credit-notes', { params: { query: { ...filters, limit, cursor } } }),
    { interval: 30_000 },
  )
}

/** What becomes of a credit, in words. */
export const DISPOSITIONS: Record<CreditNote['disposition'], string> = {
  reduce_due: 'Less is due on the invoice.',
  refund: 'It is paid back.',
  next_invoice: 'It is taken off the next invoice.',
}

export function useCreditNote(creditNoteId: string) {
  const { id, api } = useOrganization()
  return useOne([id, 'credit-notes', 'one', creditNoteId], () =>
    api.GET('/api/credit-notes/{creditNoteId}', { params: { path: { creditNoteId } } }),
  )
}
