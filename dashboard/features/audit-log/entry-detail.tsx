'use client'

import { CodeBlock } from '@/components/code-block'
import { Id } from '@/components/copy'
import { Instant } from '@/components/instant'
import { Facts } from '@/components/panel'
import { ProblemPanel } from '@/components/problem-panel'
import { Skeleton } from '@/components/skeleton'
import { useOrganization } from '@/features/session/organization'
import { useEntry } from './queries'

/** Who did what to which object, with what it was before and after, and its place in the chain. */
export function EntryDetail({ entryId }: { entryId: string }) {
  const { zone } = useOrganization()
  const entry = useEntry(entryId)
  if (entry.error) return <ProblemPanel what="The entry" error={entry.error} onRetry={() => void entry.refetch()} />
  if (!entry.data) return <Skeleton rows={8} />
  const { action, actor, target, outcome, at, ip, requestId, before, after, hash, previousHash, sequence } = entry.data
  const named = (record: Record<string, unknown>) => String(record.name ?? record.id ?? record.type ?? '')
  return (
    <div className="flex flex-col gap-4">
      <Facts
        facts={[
          [
            'Action',
            <span key="action" className="code">
              {action}
            </span>,
          ],
          ['Outcome', outcome],
          ['By', named(actor)],
          ['On', `${String(target.type ?? '')} ${String(target.id ?? '')}`],
          ['When', <Instant key="at" at={at} zone={zone} seconds />],
          ['From', ip ?? '–'],
          ['Request', requestId ? <Id key="request" id={requestId} what="request id" /> : '–'],
          ['Place', `${sequence} in the chain`],
          ['Hash', <Id key="hash" id={hash} what="hash" />],
          ['Hash before', <Id key="previous" id={previousHash} what="hash of the entry before" />],
        ]}
      />
      <Shown title="Before" of={before} />
      <Shown title="After" of={after} />
    </div>
  )
}

function Shown({ title, of }: { title: string; of: Record<string, unknown> | null | undefined }) {
  if (!of) return null
  return (
    <section aria-label={title} className="flex flex-col gap-1">
      <h3 className="font-medium">{title}</h3>
      <CodeBlock code={JSON.stringify(of, null, 2)} what={title.toLowerCase()} />
    </section>
  )
}
