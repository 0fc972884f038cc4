export type WebhooksUrl = {
  type: string | null
  customerId: string | null
  status: string | null
  outcome: string | null
  statusCode: string | null
}

export const STATUSES = ['pending', 'retrying', 'delivered', 'failed', 'parked', 'discarded'] as const
export const OUTCOMES = ['succeeded', 'failed'] as const

const oneOf = (choices: readonly string[], text: string | null) => (text && choices.includes(text) ? text : null)

/** The filters of the pages; what is invalid is dropped. */
export function readWebhooksUrl(given: URLSearchParams): WebhooksUrl {
  const statusCode = given.get('statusCode')
  return {
    type: given.get('type'),
    customerId: given.get('customerId'),
    status: oneOf(STATUSES, given.get('status')),
    outcome: oneOf(OUTCOMES, given.get('outcome')),
    statusCode: statusCode && /^[1-5]\d\d$/.test(statusCode) ? statusCode : null,
  }
}
