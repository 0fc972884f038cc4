import type { Event } from './queries'

/** For a shell: a quote inside single quotes ends them, and begins them again. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** The event as a command. Sent again under its key it counts once, as it did. */
export function curlOf(event: Event, publicApiUrl: string): string {
  const { metric, amount, customerId, timestamp, properties, idempotencyKey } = event
  const body = JSON.stringify({ metric, amount, customerId, timestamp, properties, idempotencyKey })
  const head = `-H 'Authorization: Bearer YOUR_KEY' -H 'Content-Type: application/json'`
  return `curl ${publicApiUrl}/api/track ${head} \\\n  -d ${quoted(body)}`
}
