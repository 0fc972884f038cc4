'use client'

import { Tabs } from '@/components/tabs'
import { useOrganization } from '@/features/session/organization'

const TABS = [
  ['All', 'all', '/invoices'],
  ...['Draft', 'Open', 'Overdue', 'Paid', 'Void', 'Uncollectible'].map((label) => {
    const name = label.toLowerCase()
    return [label, name, `/invoices?tab=${name}`] as const
  }),
  ['Credit notes', 'credit-notes', '/credit-notes'],
  ['Billing runs', 'billing-runs', '/billing-runs'],
] as const

/** The tabs over invoices, credit notes and billing runs. */
export function InvoiceTabs({ here }: { here: string }) {
  const { path } = useOrganization()
  return (
    <Tabs
      label="Invoices"
      tabs={TABS.map(([label, name, href]) => ({ label, href: path(href), here: name === here }))}
    />
  )
}
