import { useOrganization } from '@/features/session/organization'
import type { components } from '@/lib/api/schema'
import { type List, useList } from '@/lib/list'
import { useOne } from '@/lib/poll'

export type InvoiceSummary = components['schemas']['InvoiceSummary']
export type Invoice = components['schemas']['InvoiceBody']
export type Line = components['schemas']['LineBody']
export type Verification = components['schemas']['VerificationBody']
export type PaymentMade = components['schemas']['PaymentBody']
export type Collection = components['schemas']['CollectionBody']
export type Check = { check: string; lineId?: string | null; expected?: string; actual?: string; passed: boolean }

export type InvoiceFilters = {
  status?: string
  customerId?: string
  subscriptionId?: string
  number?: string
  currency?: string
  dueTo?: string
  billingRunId?: string
}

export function useInvoices(filters: InvoiceFilters, limit = 50): List<InvoiceSummary> {
  const { id, api } = useOrganization()
  return useList(
    [id, 'invoices', filters, limit],
    (cursor) => api.GET('/api/invoices', { params: { query: { ...filters, limit, cursor } } }),
    { interval: 30_000 },
  )
}

export function useInvoice(invoiceId: string) {
  const { id, api } = useOrganization()
  return useOne(
    [id, 'invoices', 'one', invoiceId],
    () => api.GET('/api/invoices/{invoiceId}', { params: { path: { invoiceId } } }),
    // A draft may be on its way to its number.
    { interval: (invoice) => (invoice?.status === 'draft' ? 3000 : 30_000) },
  )
}

/** Whether an issued invoice could be collected now, and where its dunning has come to. */
export function useCollection(invoice: Invoice) {
  const { id, api } = useOrganization()
  const params = { path: { invoiceId: invoice.id } }
  return useOne(
    [id, 'invoices', 'collection', invoice.id, invoice.version],
    () => api.GET('/api/invoices/{invoiceId}/collection', { params }),
    { interval: 30_000, enabled: invoice.status !== 'draft' },
  )
}

/** The windows of a line and its amount, recomputed from raw events; page by page along the windows. */
export function useWindows(invoiceId: string, lineId: string): List<components['schemas']['WindowBody']> {
  const { id, api } = useOrganization()
  return useList([id, 'invoices', 'windows', invoiceId, lineId], (cursor) => {
    const params = { path: { invoiceId, lineId }, query: { limit: 200, cursor } }
    return api
      .GET('/api/invoices/{invoiceId}/lines/{lineId}/explain', { params })
      .then(({ data, error, response }) => ({ data: data?.windows, error, response }))
  })
}

export function useExplanation(invoiceId: string, lineId: string) {
  const { id, api } = useOrganization()
  return useOne([id, 'invoices', 'explanation', invoiceId, lineId], () =>
    api.GET('/api/invoices/{invoiceId}/lines/{lineId}/explain', {
      params: { path: { invoiceId, lineId }, query: { limit: 1 } },
    }),
  )
}

export function usePayments(invoiceId: string): List<PaymentMade> {
  const { id, api } = useOrganization()
  return useList(
    [id, 'payments', invoiceId],
    (cursor) => api.GET('/api/payments', { params: { query: { invoiceId, limit: 50, cursor } } }),
    { interval: 30_000 },
  )
}
