export type EventsUrl = { metric: string | null; customerId: string | null; status: string | null; code: string | null }

const STATUSES = ['counted', 'voided', 'reverted']

/** The filters of the page; what is invalid is dropped. */
export function readEventsUrl(given: URLSearchParams): EventsUrl {
  const status = given.get('status')
  return {
    metric: given.get('metric'),
    customerId: given.get('customerId'),
    status: status && STATUSES.includes(status) ? status : null,
    code: given.get('code'),
  }
}
