'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { Dialog } from '@/components/dialog'
import { Empty } from '@/components/empty'
import { Panel } from '@/components/panel'
import { PermittedButton } from '@/components/permitted'
import { type Column, Table } from '@/components/table'
import { useOrganization } from '@/features/session/organization'
import { DeliveryChart } from './delivery-chart'
import { EndpointBadge } from './endpoint-badge'
import { EndpointForm } from './endpoint-form'
import { successRate } from './facts'
import { type Endpoint, useDeliveryWindows, useEndpoints } from './queries'
import { Receiver } from './receiver'
import { ShownSecret } from './shown-secret'

const COLUMNS: readonly Column<Endpoint>[] = [
  { head: 'URL', cell: ({ url }) => <span className="code break-all">{url}</span> },
  {
    head: 'Events',
    cell: ({ eventTypes }) => (
      <span title={eventTypes.join('\n')}>
        {eventTypes.includes('*') ? 'All' : eventTypes[0]}
        {eventTypes.length > 1 && <span className="text-text-3"> and {eventTypes.length - 1} more</span>}
      </span>
    ),
  },
  { head: 'State', cell: (endpoint) => <EndpointBadge endpoint={endpoint} />, narrow: 'second' },
  { head: '24 hours', cell: ({ health }) => successRate(health.succeeded24h, health.failed24h), right: true },
  { head: 'Parked', cell: ({ health }) => health.parked, right: true, narrow: 'hidden' },
]

/** How deliveries fare, and every endpoint with its state. */
export function EndpointList({ adding, onAdding }: { adding: boolean; onAdding: (adding: boolean) => void }) {
  const { path, zone } = useOrganization()
  const router = useRouter()
  const list = useEndpoints()
  const windows = useDeliveryWindows()
  const [made, setMade] = useState<Endpoint | null>(null)
  return (
    <div className="flex flex-col gap-4 py-4">
      {windows.data && list.rows && list.rows.length > 0 && (
        <Panel title="Deliveries">
          <DeliveryChart windows={windows.data.data} zone={zone} />
        </Panel>
      )}
      <Panel flush>
        <Table
          caption="Endpoints"
          list={list}
          columns={COLUMNS}
          rowKey={({ id }) => id}
          href={({ id }) => path(`/webhooks/endpoints/${id}`)}
          expected={4}
          empty={
            <Empty
              title="No endpoints yet"
              action={
                <PermittedButton scope="webhooks:write" onClick={() => onAdding(true)}>
                  Add the first endpoint
                </PermittedButton>
              }
            >
              An endpoint is a URL of yours that is told what happens: an invoice is created, a payment fails. Each
              request is signed, and repeated for three days until it is answered with 2xx.
            </Empty>
          }
        />
      </Panel>
      {list.rows?.length === 0 && <Receiver />}
      <Dialog open={adding} onClose={() => onAdding(false)} title="Add endpoint">
        <EndpointForm
          onDone={(endpoint) => {
            onAdding(false)
            setMade(endpoint)
          }}
        />
      </Dialog>
      {made?.secret && (
        <ShownSecret
          secret={made.secret}
          note="Give it to the receiver. It can be revealed again later, which the audit log records."
          onClose={() => router.push(path(`/webhooks/endpoints/${made.id}`))}
        />
      )}
    </div>
  )
}
