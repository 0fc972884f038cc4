'use client'

import Link from 'next/link'
import { Panel } from '@/components/panel'
import { useOrganization } from '@/features/session/organization'
import { formatInstant } from '@/lib/time'
import { useDeliveries } from './queries'

const SHOWN = 50

/** The last attempts, the newest at the right, one tick each; failed ones are taller. A tick leads to its attempt. */
export function DeliveryStrip({ endpointId }: { endpointId: string }) {
  const { zone, path } = useOrganization()
  const { rows } = useDeliveries({ endpointId })
  if (!rows || rows.length === 0) return null
  const shown = rows.slice(0, SHOWN)
  const failed = shown.filter(({ outcome }) => outcome === 'failed').length
  return (
    <Panel title={`Last ${shown.length === 1 ? 'delivery' : `${shown.length} deliveries`}`}>
      {/* From the right, so that the newest are seen where all of them have no room. */}
      <ol className="flex h-8 flex-row-reverse items-end overflow-x-auto">
        {shown.map(({ id, outcome, createdAt, statusCode, errorCode }) => {
          const says = `${formatInstant(createdAt, zone, true)}: ${outcome}, ${statusCode ?? errorCode ?? 'no answer'}`
          return (
            <li key={id} className="shrink-0">
              <Link
                href={path(`/webhooks/deliveries/${id}`)}
                prefetch={false}
                aria-label={says}
                title={says}
                className="flex h-8 w-6 items-end justify-center hover:bg-sunken"
              >
                <span
                  aria-hidden
                  className={`w-1.5 rounded-control ${outcome === 'failed' ? 'h-7 bg-danger' : 'h-3.5 bg-success'}`}
                />
              </Link>
            </li>
          )
        })}
      </ol>
      <p className="numeral pt-2 text-caption text-text-2">
        {failed === 0 ? 'None failed.' : `${failed} failed.`} The newest stands at the right.
      </p>
    </Panel>
  )
}
