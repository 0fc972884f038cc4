'use client'

import Link from 'next/link'
import { Badge } from '@/components/badge'
import { Id } from '@/components/copy'
import { Instant } from '@/components/instant'
import { Facts } from '@/components/panel'
import { ProblemPanel } from '@/components/problem-panel'
import { Skeleton } from '@/components/skeleton'
import { useOrganization } from '@/features/session/organization'
import { type Conflict, useConflict } from './queries'

const SENTENCES: Record<string, string> = {
  payload_mismatch: 'The key was used before, for another payload. The first one counts; this one was left out.',
  stale_amendment: 'The amendment named a revision that another correction had replaced. It was not applied.',
}

/** Counted and refused side by side; the fields in which they differ are marked. */
export function ConflictDetail({ conflictId }: { conflictId: string }) {
  const { zone, path } = useOrganization()
  const conflict = useConflict(conflictId)
  if (conflict.error) {
    return <ProblemPanel what="The conflict" error={conflict.error} onRetry={() => void conflict.refetch()} />
  }
  if (!conflict.data) return <Skeleton rows={6} label="Asking for the conflict" />
  const { kind, eventId, idempotencyKey, createdAt } = conflict.data
  return (
    <div className="flex flex-col gap-4">
      <p>
        <Badge tone="warning">{kind.replace('_', ' ')}</Badge>
      </p>
      <p>{SENTENCES[kind] ?? 'It could not be applied.'}</p>
      <SideBySide conflict={conflict.data} />
      <Facts
        facts={[
          ['Found', <Instant key="f" at={createdAt} zone={zone} seconds />],
          ['Key', idempotencyKey ? <Id key="k" id={idempotencyKey} what="idempotency key" whole /> : '–'],
          [
            'Event',
            <Link key="e" className="link code break-all" href={path(`/events/${eventId}`)}>
              {eventId}
            </Link>,
          ],
        ]}
      />
    </div>
  )
}

function SideBySide({ conflict: { counted, refused, differs } }: { conflict: Conflict }) {
  const fields = [...new Set([...Object.keys(counted ?? {}), ...Object.keys(refused)])]
  const text = (value: unknown) =>
    value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value, null, 1)
  return (
    <table className="w-full table-fixed border-y border-border">
      <caption className="sr-only">Counted and refused</caption>
      <thead className="text-caption text-text-2">
        <tr>
          <th scope="col" className="w-28 py-1.5 text-left font-medium">
            Field
          </th>
          <th scope="col" className="px-2 text-left font-medium">
            Counted
          </th>
          <th scope="col" className="px-2 text-left font-medium">
            Refused
          </th>
        </tr>
      </thead>
      <tbody>
        {fields.map((field) => (
          <tr
            key={field}
            className={`border-t border-border align-top ${differs.includes(field) ? 'bg-warning-bg' : ''}`}
          >
            <th scope="row" className="py-1.5 text-left font-normal">
              {field}
              {differs.includes(field) && <span className="block text-caption text-warning">differs</span>}
            </th>
            <td className="code whitespace-pre-wrap break-words px-2 py-1.5">{text(counted?.[field])}</td>
            <td className="code whitespace-pre-wrap break-words px-2 py-1.5">{text(refused[field])}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
