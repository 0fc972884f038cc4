'use client'

import { usePathname } from 'next/navigation'
import { useState } from 'react'
import { Live } from '@/components/live'
import { PageHead } from '@/components/page-head'
import { Limited } from '@/components/permitted'
import { Tabs } from '@/components/tabs'
import { useOrganization } from '@/features/session/organization'
import { EventList } from './event-list'
import { RejectedList } from './rejected-list'

/** Is my usage arriving: every event, and those that were refused. A row opens in a drawer whose address is its own. */
export function EventsPage() {
  const { path, may } = useOrganization()
  const pathname = usePathname()
  const [paused, setPaused] = useState(false)
  const rejected = pathname.startsWith(path('/events/rejected'))
  const opened = pathname.split('/').at(-1) ?? ''
  const openId = opened === 'events' || opened === 'rejected' ? null : opened
  if (!may('events:read')) return <Limited scope="events:read" />
  return (
    <>
      <PageHead title="Events">
        <Live paused={paused} onToggle={() => setPaused(!paused)} />
      </PageHead>
      <Tabs
        label="Events"
        tabs={[
          { label: 'All', href: path('/events'), here: !rejected },
          { label: 'Rejected', href: path('/events/rejected'), here: rejected },
        ]}
      />
      {rejected ? <RejectedList openId={openId} paused={paused} /> : <EventList openId={openId} paused={paused} />}
    </>
  )
}
