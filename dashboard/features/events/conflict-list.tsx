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
import { useUrlState } from '@/lib/url-state'
import { goTo, useWalk } from '@/lib/walk'
import { ConflictDetail } from './conflict-detail'
import { type Conflict, useConflicts } from './queries'

const KINDS = ['payload_mismatch', 'stale_amendment']

function readConflictsUrl(given: URLSearchParams): { kind: string | null; customerId: string | null } {
  const kind = given.get('kind')
  return { kind: kind && KINDS.includes(kind) ? kind : null, customerId: given.get('customerId') }
}

/** What came under a used key with another payload, and amendments that another one overtook. */
export function ConflictList({ openId, paused }: { openId: string | null; paused: boolean }) {
  const { path, zone } = useOrganization()
  const [url, change] = useUrlState(readConflictsUrl)
  const list = useConflicts({ kind: url.kind ?? undefined, customerId: url.customerId ?? undefined }, paused)
  const open = useCallback((conflictId: string) => goTo(path(`/events/conflicts/${conflictId}`)), [path])
  useWalk(list.rows?.map(({ id }) => id) ?? [], openId, open)
  const columns: readonly Column<Conflict>[] = [
    { head: 'Found', cell: ({ createdAt }) => <Instant at={createdAt} zone={zone} seconds /> },
    { head: 'Kind', cell: ({ kind }) => <Badge tone="warning">{kind.replace('_', ' ')}</Badge>, narrow: 'second' },
    { head: 'Key', cell: ({ idempotencyKey }) => <span className="code break-all">{idempotencyKey ?? '–'}</span> },
    { head: 'Differs', cell: ({ differs }) => differs.join(', ') || '–' },
  ]
  return (
    <>
      <Filters
        filters={[
          { name: 'kind', label: 'Kind', choices: KINDS },
          { name: 'customerId', label: 'Customer' },
        ]}
        values={url}
        onChange={change}
      />
      <Panel flush>
        <Table
          caption="Conflicts"
          list={list}
          columns={columns}
          rowKey={({ id }) => id}
          href={({ id }) => path(`/events/conflicts/${id}`)}
          onOpen={({ id }) => open(id)}
          selected={openId}
          empty={
            url.kind || url.customerId ? (
              <Empty
                title="No conflicts with these filters"
                action={<Button onClick={() => change({ kind: null, customerId: null })}>Clear filters</Button>}
              />
            ) : (
              <Empty title="No conflicts">
                An event that comes again under its key counts once. When its payload differs from the first time, the
                first one counts, and the other stands here.
              </Empty>
            )
          }
        />
      </Panel>
      <Dialog place="right" title="Conflict" open={openId !== null} onClose={() => goTo(path('/events/conflicts'))}>
        {openId && <ConflictDetail conflictId={openId} />}
      </Dialog>
    </>
  )
}
