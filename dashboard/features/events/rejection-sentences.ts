/** One sentence a code: what to change so that the event is accepted. */
const SENTENCES: Record<string, string> = {
  unknown_metric: 'No metric counts this event name. Create the metric, or correct the name.',
  metric_archived: 'The metric is archived. Unarchive it, or send another name.',
  amount_invalid: 'Send the amount as a number or a plain decimal string.',
  amount_too_precise: 'Send at most 12 decimals.',
  amount_out_of_range: 'Send at most 20 digits before the point.',
  timestamp_invalid: 'Send the time as RFC 3339, such as 2026-03-04T10:00:00Z.',
  timestamp_in_future: 'The time lies more than 5 minutes ahead. Check the clock of the sender.',
  timestamp_too_old: 'The time is older than the organization accepts. Open a backfill for old events.',
  customer_id_invalid: 'Use letters, digits and . _ : @ + | - in the customer id, 128 characters at most.',
  idempotency_key_invalid: 'Use 1 to 255 printable ASCII characters as the key.',
  properties_invalid: 'Send at most 50 properties: strings up to 512 characters, numbers, booleans or null.',
  property_missing: 'The metric aggregates a property that the event does not have. Send it.',
  property_not_numeric: 'The metric aggregates this property as a number. Send a number.',
  event_too_large: 'Send at most 16 KiB for one event.',
  malformed_event: 'The event could not be read. Send one JSON object.',
  unknown_field: 'Take the unknown field away; properties of your own go into `properties`.',
}

export function fixOf(code: string): string {
  return SENTENCES[code] ?? 'Correct the event and send it again with the same key.'
}
