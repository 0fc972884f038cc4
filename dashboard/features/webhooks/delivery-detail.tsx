'use client'

import Link from 'next/link'
import { CodeBlock } from '@/components/code-block'
import { CopyButton, Id } from '@/components/copy'
import { Instant } from '@/components/instant'
import { Facts } from '@/components/panel'
import { ProblemPanel } from '@/components/problem-panel'
import { Skeleton } from '@/components/skeleton'
import { useOrganization } from '@/features/session/organization'
import { curlOf, formatBody } from './facts'
import { type Delivery, useDelivery } from './queries'

/** One attempt: what was sent, what came back, how long its parts took. Bodies are shown as text, never rendered. */
export function DeliveryDetail({ deliveryId }: { deliveryId: string }) {
  const { zone, path } = useOrganization()
  const found = useDelivery(deliveryId)
  if (found.error) return <ProblemPanel what="The delivery" error={found.error} onRetry={() => void found.refetch()} />
  if (!found.data) return <Skeleton rows={10} />
  const delivery = found.data
  const { request, response } = delivery
  return (
    <div className="flex flex-col gap-4">
      {delivery.errorDetail && (
        <p className="rounded-control border border-danger bg-danger-bg px-3 py-2 text-danger">
          {delivery.errorDetail}
        </p>
      )}
      <Facts
        facts={[
          ['Outcome', delivery.outcome],
          ['Status', delivery.statusCode ?? '–'],
          ['Attempt', delivery.attempt],
          ['When', <Instant key="at" at={delivery.createdAt} zone={zone} seconds />],
          [
            'URL',
            <span key="url" className="code break-all">
              {delivery.url}
            </span>,
          ],
          ['Address reached', delivery.remoteAddress ?? '–'],
          ['Id', <Id key="id" id={delivery.id} />],
          [
            'Dispatch',
            <Link key="dispatch" href={path(`/webhooks/dispatches/${delivery.dispatchId}`)} className="link">
              All attempts of it
            </Link>,
          ],
        ]}
      />
      <Timings delivery={delivery} />
      <section className="flex flex-col gap-1" aria-label="Request">
        <h3 className="flex items-center justify-between font-medium">
          Request
          <CopyButton text={curlOf(delivery)} what="request as curl" label="curl" />
        </h3>
        <CodeBlock code={headersText(request.headers)} what="request headers" />
        <CodeBlock code={formatBody(request.body ?? '')} copied={request.body ?? ''} what="request body" />
      </section>
      <section className="flex flex-col gap-1" aria-label="Response">
        <h3 className="font-medium">Response</h3>
        {response ? (
          <>
            <CodeBlock code={headersText(response.headers)} what="response headers" />
            <CodeBlock code={response.body || '(empty)'} copied={response.body ?? ''} what="response body" />
            {response.truncated && <p className="text-text-2">The body was longer, or broke off.</p>}
          </>
        ) : (
          <p className="text-text-2">Nothing was answered.</p>
        )}
      </section>
    </div>
  )
}

function headersText(headers: Record<string, string>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')
}

function Timings({ delivery }: { delivery: Delivery }) {
  const { dnsMs, connectMs, tlsMs, firstByteMs } = delivery.timings
  const text = (value: number | null) => (value === null ? '–' : `${value} ms`)
  return (
    <section aria-label="Timings" className="flex flex-col gap-1">
      <h3 className="font-medium">Timings</h3>
      <Facts
        facts={[
          ['Name', text(dnsMs)],
          ['Connection', text(connectMs)],
          ['TLS', text(tlsMs)],
          ['First byte', text(firstByteMs)],
          ['In all', `${delivery.durationMs} ms`],
        ]}
      />
    </section>
  )
}
