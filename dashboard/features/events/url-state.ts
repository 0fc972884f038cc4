export type EventsUrl = {
  metric: string | null
  customerId: string | null
  status: string | null
  code: string | null
  /** Half-open, by the events' own times. */
  timestampFrom: string | null
  timestampTo: string | null
  backfillId: string | null
  receivedFrom: string | null
  receivedTo: string | null
}

const STATUSES = ['counted', 'voided', 'reverted']

function instant(text: string | null): string | null {
  return text && /^\d{4}-\d{2}-\d{2}T/.test(text) && !Number.isNaN(Date.parse(text)) ? text : null
}

/** The filters of the page; what is invalid is dropped. */
export function readEventsUrl(given: URLSearchParams): EventsUrl {
  const status = given.get('status')
  return {
    metric: given.get('metric'),
    customerId: given.get('customerId'),
    status: status && STATUSES.includes(status) ? status : null,
    code: given.get('code'),
    timestampFrom: instant(given.get('timestampFrom')),
    timestampTo: instant(given.get('timestampTo')),
    backfillId: given.get('backfillId'),
    receivedFrom: instant(given.get('receivedFrom')),
    receivedTo: instant(given.get('receivedTo')),
  }
}
