const TABS = ['draft', 'open', 'overdue', 'paid', 'void', 'uncollectible'] as const
export type InvoiceTab = (typeof TABS)[number]

export type InvoicesUrl = {
  tab: InvoiceTab | null
  customerId: string | null
  subscriptionId: string | null
  number: string | null
  currency: string | null
  billingRunId: string | null
}

/** The tab and filters of the list; what is invalid is dropped. */
export function readInvoicesUrl(given: URLSearchParams): InvoicesUrl {
  const tab = TABS.find((name) => name === given.get('tab')) ?? null
  const currency = given.get('currency')?.toUpperCase() ?? null
  return {
    tab,
    customerId: given.get('customerId'),
    subscriptionId: given.get('subscriptionId'),
    number: given.get('number'),
    billingRunId: given.get('billingRunId'),
    currency: currency && /^[A-Z]{3}$/.test(currency) ? currency : null,
  }
}
