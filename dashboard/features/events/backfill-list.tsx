'use client'

import { useCallback } from 'react'
import { Badge } from '@/components/badge'
import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { Empty } from '@/components/empty'
import { Filters } from '@/components/filters'
import { Instant } from '@/components/instant'
import { Panel } from '@/components/panel'
import { type Column, Table } from '@/components/table'
import { useOrganization } from '@/features/session/organization'
import { formatCount } from '@/lib/decimal'
import { useUrlState } from '@/lib/url-state'
import { goTo, useWalk } from '@/lib/walk'
import { BackfillDetail } from './backfill-detail'
import { type Backfill, useBackfills } from './backfill-queries'
import { backfillTone } from './backfill-tone'

const STATUSES = ['open', 'closed', 'reverted']

function readStatus(given: URLSearchParams): { status: string | null } {
  const status = given.get('status')
  return { status: status && STATUSES.includes(status) ? status : null }
}

/** Named ranges of old times in which events are taken. */
export function BackfillList({ openId }: { openId: string | null }) {
  const { path, zone } = useOrganization()
  const [url, change] = useUrlState(readStatus)
  const list = useBackfills(url.status ?? undefined)
  const open = useCallback((backfillId: string) => goTo(path(`/events/backfills/${backfillId}`)), [path])
  useWalk(list.rows?.map(({ id }) => id) ?? [], openId, open)
  const columns: readonly Column<Backfill>[] = [
    { head: 'Name', cell: ({ name }) => name },
    { head: 'From', cell: ({ from }) => <Instant at={from} zone={zone} /> },
    { head: 'To', cell: ({ to }) => <Instant at={to} zone={zone} /> },
    { head: 'Opened', cell: ({ createdAt }) => <Instant at={createdAt} zone={zone} /> },
    { head: 'State', cell: ({ status }) => <Badge tone={backfillTone(status)}>{status}</Badge>, narrow: 'second' },
    { head: 'Counted', cell: ({ countedEvents }) => formatCount(countedEvents), right: true },
    { head: 'Taken back', cell: ({ revertedEvents }) => formatCount(revertedEvents), right: true, narrow: 'hidden' },
  ]
  return (
    <>
      <Filters filters={[{ name: 'status', label: 'State', choices: STATUSES }]} values={url} onChange={change} />
      <Panel flush>
        <Table
          caption="Backfills"
          list={list}
          columns={columns}
          rowKey={({ id }) => id}
          href={({ id }) => path(`/events/backfills/${id}`)}
          onOpen={({ id }) => open(id)}
          selected={openId}
          expected={4}
          empty={
            url.status ? (
              <Empty
                title={`No ${url.status} backfills`}
                action={<Button onClick={() => change({ status: null })}>Clear filters</Button>}
              />
            ) : (
              <Empty title="No backfills yet">
                Events older than the organization accepts are refused. Open a backfill for their range of times, send
                them to it, and close it: what it counted can be taken back as a whole.
              </Empty>
            )
          }
        />
      </Panel>
      <Dialog place="right" title="Backfill" open={openId !== null} onClose={() => goTo(path('/events/backfills'))}>
        {openId && <BackfillDetail backfillId={openId} />}
      </Dialog>
    </>
  )
}
