'use client'

import { useCallback } from 'react'
import { Badge } from '@/components/badge'
import { Dialog } from '@/components/dialog'
import { Empty } from '@/components/empty'
import { Filters } from '@/components/filters'
import { Instant } from '@/components/instant'
import { Panel } from '@/components/panel'
import { type Column, Table } from '@/components/table'
import { useOrganization } from '@/features/session/organization'
import { useUrlState } from '@/lib/url-state'
import { DeliveryDetail } from './delivery-detail'
import { hostOf } from './facts'
import { type Delivery, useDeliveries } from './queries'
import { OUTCOMES, readWebhooksUrl } from './url-state'

/** Every attempt, newest first; one opens with what was sent and what came back. */
export function DeliveryList({ openId }: { openId: string | null }) {
  const { zone, path } = useOrganization()
  const [url, change] = useUrlState(readWebhooksUrl)
  const list = useDeliveries({ outcome: url.outcome ?? undefined, statusCode: url.statusCode ?? undefined })
  const open = useCallback((to: string) => window.history.pushState(null, '', to + window.location.search), [])
  const columns: readonly Column<Delivery>[] = [
    { head: 'When', cell: ({ createdAt }) => <Instant at={createdAt} zone={zone} seconds /> },
    { head: 'Endpoint', cell: (delivery) => <span className="code">{hostOf(delivery.url)}</span> },
    { head: 'Attempt', cell: ({ attempt }) => attempt, right: true },
    { head: 'Answer', cell: ({ statusCode, errorCode }) => statusCode ?? errorCode ?? '–' },
    { head: 'Took', cell: ({ durationMs }) => `${durationMs} ms`, right: true },
    {
      head: 'Outcome',
      cell: ({ outcome }) => <Badge tone={outcome === 'succeeded' ? 'success' : 'danger'}>{outcome}</Badge>,
      narrow: 'second',
    },
  ]
  return (
    <>
      <Filters
        filters={[
          { name: 'outcome', label: 'Outcome', choices: OUTCOMES },
          { name: 'statusCode', label: 'HTTP status' },
        ]}
        values={url}
        onChange={change}
      />
      <Panel flush>
        <Table
          caption="Deliveries"
          list={list}
          columns={columns}
          rowKey={({ id }) => id}
          href={({ id }) => path(`/webhooks/deliveries/${id}`)}
          onOpen={({ id }) => open(path(`/webhooks/deliveries/${id}`))}
          selected={openId}
          empty={<Empty title="No deliveries">An attempt to send an event to an endpoint is logged here.</Empty>}
        />
      </Panel>
      <Dialog place="right" title="Delivery" open={openId !== null} onClose={() => open(path('/webhooks/deliveries'))}>
        {openId && <DeliveryDetail deliveryId={openId} />}
      </Dialog>
    </>
  )
}
