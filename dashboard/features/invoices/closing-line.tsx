'use client'

import Link from 'next/link'
import { useBillingRuns } from '@/features/billing-runs/queries'
import { useOrganization } from '@/features/session/organization'

/** While a run waits for its partitions, says how many are to go. */
export function ClosingLine() {
  const { path } = useOrganization()
  const [run] = useBillingRuns(1).rows ?? []
  if (!run || run.status === 'completed' || run.status === 'failed') return null
  const left = run.barrier.filter(({ reached }) => !reached).length
  return (
    <p role="status" className="mb-3 rounded-control bg-info-bg px-3 py-2 text-info">
      Closing periods: {left === 0 ? 'invoices are being issued' : `${left} of ${run.barrier.length} partitions to go`}.{' '}
      <Link className="underline" href={path(`/billing-runs/${run.id}`)}>
        See the run
      </Link>
    </p>
  )
}
