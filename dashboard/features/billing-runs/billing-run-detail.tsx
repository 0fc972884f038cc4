'use client'

import Link from 'next/link'
import { Id } from '@/components/copy'
import { Instant } from '@/components/instant'
import { Facts } from '@/components/panel'
import { ProblemPanel } from '@/components/problem-panel'
import { Skeleton } from '@/components/skeleton'
import { useOrganization } from '@/features/session/organization'
import { formatCount } from '@/lib/decimal'
import { type BillingRun, useBillingRun } from './queries'
import { RunBadge } from './run-badge'

/** One run: how far each partition is, what was issued, and what could not be. */
export function BillingRunDetail({ runId }: { runId: string }) {
  const run = useBillingRun(runId)
  if (run.error && !run.data) {
    return <ProblemPanel what="The billing run" error={run.error} onRetry={() => void run.refetch()} />
  }
  if (!run.data) return <Skeleton rows={6} label="Asking for the billing run" />
  return <Shown run={run.data} />
}

/** The partition that holds a run up, with its distance. */
function slowestOf({ barrier }: BillingRun): string | null {
  const waiting = barrier.filter(({ reached }) => !reached)
  const [slowest] = waiting.sort(
    (a, b) => (b.behind ?? Number.POSITIVE_INFINITY) - (a.behind ?? Number.POSITIVE_INFINITY),
  )
  if (!slowest) return null
  const behind =
    slowest.behind === null ? 'its marker is not echoed yet' : `${formatCount(slowest.behind)} records to go`
  return `Partition ${slowest.partition}: ${behind}.`
}

function Shown({ run }: { run: BillingRun }) {
  const { zone, path } = useOrganization()
  const { id, asOf, status, trigger, barrier, failures, invoicesIssued, periodsClosed, createdAt, completedAt } = run
  const slowest = slowestOf(run)
  return (
    <div className="flex flex-col gap-4">
      <p>
        <RunBadge status={status} />
      </p>
      {slowest && <p className="text-warning">{slowest}</p>}
      <Facts
        facts={[
          ['As of', <Instant key="a" at={asOf} zone={zone} seconds />],
          ['Trigger', trigger],
          ['Begun', <Instant key="b" at={createdAt} zone={zone} seconds />],
          ['Completed', completedAt ? <Instant key="c" at={completedAt} zone={zone} seconds /> : '–'],
          ['Periods closed', formatCount(periodsClosed)],
          [
            'Invoices issued',
            <Link key="i" className="link" href={path(`/invoices?billingRunId=${id}`)}>
              {formatCount(invoicesIssued)}
            </Link>,
          ],
          ['Id', <Id key="d" id={id} whole />],
        ]}
      />
      {failures.length > 0 && (
        <section aria-label="Failures" className="flex flex-col gap-2">
          <h3 className="font-semibold">Failures</h3>
          {failures.map(({ subscriptionId, code, detail }) => (
            <p key={subscriptionId}>
              <Link className="link code" href={path(`/subscriptions/${subscriptionId}`)}>
                {subscriptionId}
              </Link>{' '}
              <span className="text-danger">{code}</span> {detail}
            </p>
          ))}
        </section>
      )}
      <table className="numeral w-full">
        <caption className="pb-1 text-left font-medium">Barrier: a marker in every partition</caption>
        <thead className="text-caption text-text-2">
          <tr className="border-b border-border">
            <th scope="col" className="py-1.5 text-left font-medium">
              Partition
            </th>
            <th scope="col" className="text-right font-medium">
              Marker
            </th>
            <th scope="col" className="text-right font-medium">
              Behind
            </th>
            <th scope="col" className="text-right font-medium">
              Reached
            </th>
          </tr>
        </thead>
        <tbody>
          {barrier.map(({ partition, markerOffset, behind, reached }) => (
            <tr key={partition} className="border-b border-border">
              <td className="py-1">{partition}</td>
              <td className="text-right">{markerOffset === null ? '–' : formatCount(markerOffset)}</td>
              <td className="text-right">{behind === null ? '–' : formatCount(behind)}</td>
              <td className="text-right">{reached ? 'yes' : 'not yet'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
