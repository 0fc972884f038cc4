'use client'

import { usePathname } from 'next/navigation'
import { PageHead } from '@/components/page-head'
import { Limited, PermittedButton } from '@/components/permitted'
import { Tabs } from '@/components/tabs'
import { useOrganization } from '@/features/session/organization'
import { useAskedForNew } from '@/lib/asked'
import { DeliveryList } from './delivery-list'
import { EndpointList } from './endpoint-list'
import { EventLog } from './event-log'

/** Where facts are sent, every fact there was, and every attempt. */
export function WebhooksPage() {
  const { path, may } = useOrganization()
  const pathname = usePathname()
  const [adding, setAdding] = useAskedForNew()
  const events = pathname.startsWith(path('/webhooks/events'))
  const deliveries = pathname.startsWith(path('/webhooks/deliveries'))
  const last = pathname.split('/').at(-1) ?? ''
  if (!may('webhooks:read')) return <Limited scope="webhooks:read" />
  return (
    <>
      <PageHead title="Webhooks">
        {!events && !deliveries && (
          <PermittedButton scope="webhooks:write" kind="primary" onClick={() => setAdding(true)}>
            Add endpoint
          </PermittedButton>
        )}
      </PageHead>
      <Tabs
        label="Webhooks"
        tabs={[
          { label: 'Endpoints', href: path('/webhooks'), here: !events && !deliveries },
          { label: 'Event log', href: path('/webhooks/events'), here: events },
          { label: 'Deliveries', href: path('/webhooks/deliveries'), here: deliveries },
        ]}
      />
      {events && <EventLog openId={last.startsWith('evt_') ? last : null} />}
      {deliveries && <DeliveryList openId={last.startsWith('dlv_') ? last : null} />}
      {!events && !deliveries && <EndpointList adding={adding} onAdding={setAdding} />}
    </>
  )
}
