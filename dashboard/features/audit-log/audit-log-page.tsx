'use client'

import { usePathname } from 'next/navigation'
import { useCallback } from 'react'
import { Badge, worded } from '@/components/badge'
import { Dialog } from '@/components/dialog'
import { Empty } from '@/components/empty'
import { Filters } from '@/components/filters'
import { Instant } from '@/components/instant'
import { PageHead } from '@/components/page-head'
import { Panel } from '@/components/panel'
import { Limited, PermittedButton } from '@/components/permitted'
import { type Column, Table } from '@/components/table'
import { useOrganization } from '@/features/session/organization'
import { useUrlState } from '@/lib/url-state'
import { EntryDetail } from './entry-detail'
import { type Entry, useAuditLog, useVerifyChain } from './queries'

type Url = {
  action: string | null
  targetType: string | null
  targetId: string | null
  outcome: 'done' | 'refused' | null
}

function readUrl(given: URLSearchParams): Url {
  const outcome = given.get('outcome')
  return {
    action: given.get('action'),
    targetType: given.get('targetType'),
    targetId: given.get('targetId'),
    outcome: outcome === 'done' || outcome === 'refused' ? outcome : null,
  }
}

function useColumns(): readonly Column<Entry>[] {
  const { zone } = useOrganization()
  return [
    { head: 'When', cell: ({ at }) => <Instant at={at} zone={zone} seconds /> },
    { head: 'Who', cell: ({ actor }) => String(actor.name ?? actor.id ?? actor.type ?? '') },
    { head: 'Action', cell: ({ action }) => <span className="code">{action}</span>, narrow: 'second' },
    { head: 'On', cell: ({ target }) => <span className="code">{String(target.id ?? target.type ?? '')}</span> },
    { head: 'From', cell: ({ ip }) => ip ?? '–' },
    {
      head: 'Outcome',
      cell: ({ outcome }) => <Badge tone={outcome === 'done' ? 'success' : 'danger'}>{worded(outcome)}</Badge>,
      narrow: 'second',
    },
  ]
}

/** Who did what, on which object, when, from where, done or refused. */
export function AuditLogPage() {
  const { may, path, role } = useOrganization()
  const pathname = usePathname()
  const [url, change] = useUrlState(readUrl)
  const list = useAuditLog({
    action: url.action ?? undefined,
    targetType: url.targetType ?? undefined,
    targetId: url.targetId ?? undefined,
    outcome: url.outcome ?? undefined,
  })
  const columns = useColumns()
  const open = useCallback(
    (address: string) => window.history.pushState(null, '', address + window.location.search),
    [],
  )
  const last = pathname.split('/').at(-1) ?? ''
  const openId = last.startsWith('aud_') ? last : null
  if (!may('audit:read')) return <Limited scope="audit:read" />
  return (
    <>
      <PageHead title="Audit log">{role !== 'DEVELOPER' && <VerifyChain />}</PageHead>
      {role === 'DEVELOPER' && <p className="pt-3 text-text-2">A developer sees their own entries.</p>}
      <Filters
        filters={[
          { name: 'action', label: 'Action' },
          { name: 'targetType', label: 'Kind of object' },
          { name: 'targetId', label: 'Object', placeholder: 'Its id' },
          { name: 'outcome', label: 'Outcome', choices: ['done', 'refused'] },
        ]}
        values={url}
        onChange={change}
      />
      <Panel flush>
        <Table
          caption="Audit log"
          list={list}
          columns={columns}
          rowKey={({ id }) => id}
          href={({ id }) => path(`/audit-log/${id}`)}
          onOpen={({ id }) => open(path(`/audit-log/${id}`))}
          selected={openId}
          empty={<Empty title="No entries with these filters" />}
        />
      </Panel>
      <Dialog place="right" title="Audit entry" open={openId !== null} onClose={() => open(path('/audit-log'))}>
        {openId && <EntryDetail entryId={openId} />}
      </Dialog>
    </>
  )
}

function VerifyChain() {
  const verify = useVerifyChain()
  const found = verify.data
  return (
    <>
      <span role="status" className={found?.passed === false ? 'text-danger' : 'text-text-2'}>
        {verify.error
          ? verify.error.detail
          : found &&
            (found.passed
              ? `${found.entries} entries verified, head ${found.headHash.slice(0, 8)}…, unbroken`
              : `Broken at entry ${found.firstBroken}`)}
      </span>
      <PermittedButton scope="audit:read" busy={verify.isPending} onClick={() => verify.mutate(undefined)}>
        Verify chain
      </PermittedButton>
    </>
  )
}
