'use client'

import Link from 'next/link'
import { useState } from 'react'
import { Badge } from '@/components/badge'
import { CodeBlock } from '@/components/code-block'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { Id } from '@/components/copy'
import { Instant } from '@/components/instant'
import { Facts } from '@/components/panel'
import { PermittedButton } from '@/components/permitted'
import { ProblemPanel } from '@/components/problem-panel'
import { Skeleton } from '@/components/skeleton'
import { useOrganization } from '@/features/session/organization'
import { formatCount } from '@/lib/decimal'
import { type Backfill, useBackfill, useEndBackfill } from './backfill-queries'
import { backfillTone } from './backfill-tone'

export function BackfillDetail({ backfillId }: { backfillId: string }) {
  const backfill = useBackfill(backfillId)
  if (backfill.error && !backfill.data) {
    return <ProblemPanel what="The backfill" error={backfill.error} onRetry={() => void backfill.refetch()} />
  }
  if (!backfill.data) return <Skeleton rows={6} label="Asking for the backfill" />
  return <Shown backfill={backfill.data} />
}

function Shown({ backfill }: { backfill: Backfill }) {
  const { zone, path, publicApiUrl } = useOrganization()
  const { id, name, from, to, status, reason, countedEvents, revertedEvents, createdAt, closedAt, revertedAt } =
    backfill
  const command = `curl ${publicApiUrl}/api/backfills/${id}/events -H "Authorization: Bearer YOUR_KEY" \\
     -H 'Content-Type: application/json' -d '{"events":[{"metric":"API_CALL","amount":1,
     "customerId":"user_123","timestamp":"${from}","idempotencyKey":"old-1"}]}'`
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center gap-2">
        <h3 className="text-panel">{name}</h3>
        <Badge tone={backfillTone(status)}>{status}</Badge>
      </div>
      <p>{reason}</p>
      <Facts
        facts={[
          ['From', <Instant key="f" at={from} zone={zone} />],
          ['To, not included', <Instant key="t" at={to} zone={zone} />],
          ['Counted', formatCount(countedEvents)],
          ['Taken back', formatCount(revertedEvents)],
          ['Opened', <Instant key="o" at={createdAt} zone={zone} seconds />],
          ['Closed', closedAt ? <Instant key="c" at={closedAt} zone={zone} seconds /> : '–'],
          ['Reverted', revertedAt ? <Instant key="r" at={revertedAt} zone={zone} seconds /> : '–'],
          ['Id', <Id key="i" id={id} whole />],
        ]}
      />
      <p>
        <Link className="link" href={path(`/events?backfillId=${id}`)}>
          See its events
        </Link>
      </p>
      {status === 'open' && <CodeBlock code={command} what="command" />}
      <Ending backfill={backfill} />
    </div>
  )
}

/** Closing takes no more events; reverting takes back those that counted. */
function Ending({ backfill }: { backfill: Backfill }) {
  const [asking, setAsking] = useState(false)
  const end = useEndBackfill(backfill.id, () => setAsking(false))
  const { status, name } = backfill
  return (
    <div className="flex flex-wrap items-center gap-2">
      <PermittedButton
        scope="events:write"
        unless={status === 'open' ? null : `This backfill is ${status}.`}
        busy={end.isPending && !asking}
        onClick={() => end.mutate('close')}
      >
        Close backfill
      </PermittedButton>
      <PermittedButton
        scope="events:write"
        unless={status === 'reverted' ? 'Its events were taken back already.' : null}
        onClick={() => setAsking(true)}
      >
        Revert backfill
      </PermittedButton>
      {end.error && !asking && <p className="text-danger">{end.error.detail}</p>}
      {asking && (
        <ConfirmDialog
          title={`Revert ${name}`}
          verb="Revert backfill"
          safe="Keep events"
          typed={name}
          busy={end.isPending}
          error={end.error}
          onConfirm={() => end.mutate('revert')}
          onClose={() => setAsking(false)}
        >
          None of its {formatCount(backfill.countedEvents)} events counts any more, also those that are still on their
          way. Periods that were invoiced get an adjustment on the next invoice. This cannot be undone.
        </ConfirmDialog>
      )}
    </div>
  )
}
