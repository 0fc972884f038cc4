import { useState } from 'react'
import { useOrganization } from '@/features/session/organization'
import type { components } from '@/lib/api/schema'
import { useOne } from '@/lib/poll'

export type Summary = components['schemas']['Summary']
export type RevenueMonth = components['schemas']['RevenueMonth']

const SLOW = 30_000

export function useSummary() {
  const { id, api } = useOrganization()
  return useOne([id, 'analytics', 'summary'], () => api.GET('/api/analytics/summary'), { interval: SLOW })
}

/** The last twelve months. */
export function useRevenue() {
  const { id, api, may } = useOrganization()
  return useOne([id, 'analytics', 'revenue'], () => api.GET('/api/analytics/revenue'), {
    interval: SLOW,
    enabled: may('invoices:read'),
  })
}

/** Who was invoiced most in a currency since an instant, the five largest. */
export function useTopCustomers(currency: string, since: string) {
  const { id, api } = useOrganization()
  const [to] = useState(() => new Date(Date.now() + 86_400_000).toISOString())
  const query = { from: since, to, currency, limit: 5 }
  return useOne([id, 'analytics', 'top', currency, since], () =>
    api.GET('/api/analytics/top-customers', { params: { query } }),
  )
}

/** Open invoices whose time is over, the oldest debts first. */
export function useOverdue(now: string) {
  const { id, api, may } = useOrganization()
  return useOne(
    [id, 'invoices', 'overdue'],
    () => api.GET('/api/invoices', { params: { query: { status: 'open', dueTo: now, limit: 5 } } }),
    { interval: SLOW, enabled: may('invoices:read') },
  )
}

/** Subscriptions whose customers do not pay. */
export function useUnpaid(status: 'past_due' | 'suspended') {
  const { id, api, may } = useOrganization()
  return useOne(
    [id, 'subscriptions', 'unpaid', status],
    () => api.GET('/api/subscriptions', { params: { query: { status, limit: 5 } } }),
    { interval: SLOW, enabled: may('subscriptions:read') },
  )
}

/** What was refused since an instant, by code. */
export function useRefused(from: string, to: string) {
  const { id, api, may } = useOrganization()
  return useOne(
    [id, 'analytics', 'rejections', 'day'],
    () => api.GET('/api/analytics/rejections', { params: { query: { from, to, windowSize: 'none' } } }),
    { interval: SLOW, enabled: may('events:read') },
  )
}
