import { useState } from 'react'
import { useOrganization } from '@/features/session/organization'
import type { components } from '@/lib/api/schema'
import { type List, useList } from '@/lib/list'
import { useOne } from '@/lib/poll'

export type Customer = components['schemas']['CustomerBody']

export function useCustomers(q: string | undefined): List<Customer> {
  const { id, api } = useOrganization()
  return useList(
    [id, 'customers', q],
    (cursor) => api.GET('/api/customers', { params: { query: { q, limit: 50, cursor } } }),
    { interval: 30_000 },
  )
}

export function useCustomer(customerId: string) {
  const { id, api } = useOrganization()
  return useOne([id, 'customers', 'one', customerId], () =>
    api.GET('/api/customers/{customerId}', { params: { path: { customerId } } }),
  )
}

/** The coming bills of a customer: one a live subscription. */
export function useUpcoming(customerId: string) {
  const { id, api } = useOrganization()
  return useOne(
    [id, 'customers', 'upcoming', customerId],
    () => api.GET('/api/customers/{customerId}/upcoming', { params: { path: { customerId } } }),
    { interval: 10_000 },
  )
}

/** What a customer has used in the running periods, and what that costs so far. */
export function useRunningUsage(customerId: string) {
  const { id, api } = useOrganization()
  return useOne(
    [id, 'customers', 'usage', customerId],
    () => api.GET('/api/customers/{customerId}/usage', { params: { path: { customerId } } }),
    { interval: 10_000 },
  )
}

export type Payment = components['schemas']['PaymentBody']
export type CreditNote = components['schemas']['CreditNoteBody']

export function useCustomerPayments(customerId: string): List<Payment> {
  const { id, api } = useOrganization()
  return useList([id, 'invoices', 'payments', customerId], (cursor) =>
    api.GET('/api/payments', { params: { query: { customerId, limit: 50, cursor } } }),
  )
}

export function useCustomerCreditNotes(customerId: string): List<CreditNote> {
  const { id, api } = useOrganization()
  return useList([id, 'invoices', 'credit-notes', customerId], (cursor) =>
    api.GET('/api/credit-notes', { params: { query: { customerId, limit: 50, cursor } } }),
  )
}

/** The organization's time, in milliseconds: a test organization has a clock of its own. Null until it is known. */
export function useNow(): number | null {
  const { id, api, facts } = useOrganization()
  const [opened] = useState(() => Date.now())
  const test = facts.mode === 'test'
  const clock = useOne([id, 'test-clock'], () => api.GET('/api/test-clock'), { enabled: test })
  if (!test) return opened
  return clock.data ? Date.parse(clock.data.now) : null
}
