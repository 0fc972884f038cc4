'use client'

import { usePathname } from 'next/navigation'
import { useState } from 'react'
import { Live } from '@/components/live'
import { PageHead } from '@/components/page-head'
import { Limited, PermittedButton } from '@/components/permitted'
import { Tabs } from '@/components/tabs'
import { useOrganization } from '@/features/session/organization'
import { useAskedForNew } from '@/lib/asked'
import { BackfillForm } from './backfill-form'
import { BackfillList } from './backfill-list'
import { ConflictList } from './conflict-list'
import { EventList } from './event-list'
import { RejectedList } from './rejected-list'
import { SendEvent } from './send-event'

const TABS = ['All', 'Rejected', 'Conflicts', 'Backfills'] as const
type Tab = (typeof TABS)[number]

function addressOf(tab: Tab): string {
  return tab === 'All' ? '/events' : `/events/${tab.toLowerCase()}`
}

/** Is my usage arriving: every event, and what became of those that do not count. A row's drawer has an address of its own. */
export function EventsPage() {
  const { path, may } = useOrganization()
  const pathname = usePathname()
  const [paused, setPaused] = useState(false)
  const [writing, setWriting] = useAskedForNew()
  const tab = TABS.find((name) => name !== 'All' && pathname.startsWith(path(addressOf(name)))) ?? 'All'
  const rest = pathname.slice(path(addressOf(tab)).length + 1)
  const openId = rest === '' ? null : rest
  if (!may('events:read')) return <Limited scope="events:read" />
  const close = () => setWriting(false)
  return (
    <>
      <PageHead title="Events">
        {tab !== 'Backfills' && <Live paused={paused} onToggle={() => setPaused(!paused)} />}
        {tab === 'All' && (
          <PermittedButton scope="track:write" kind="primary" onClick={() => setWriting(true)}>
            Send event
          </PermittedButton>
        )}
        {tab === 'Backfills' && (
          <PermittedButton scope="events:write" kind="primary" onClick={() => setWriting(true)}>
            Open backfill
          </PermittedButton>
        )}
      </PageHead>
      <Tabs
        label="Events"
        tabs={TABS.map((name) => ({ label: name, href: path(addressOf(name)), here: name === tab }))}
      />
      {tab === 'All' && <EventList openId={openId} paused={paused} />}
      {tab === 'Rejected' && <RejectedList openId={openId} paused={paused} />}
      {tab === 'Conflicts' && <ConflictList openId={openId} paused={paused} />}
      {tab === 'Backfills' && <BackfillList openId={openId} />}
      {writing && tab === 'All' && <SendEvent onClose={close} />}
      {writing && tab === 'Backfills' && <BackfillForm onClose={close} />}
    </>
  )
}
