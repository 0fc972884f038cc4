'use client'

import Link from 'next/link'
import { Dialog } from '@/components/dialog'
import { Instant } from '@/components/instant'
import { Facts } from '@/components/panel'
import { useOrganization } from '@/features/session/organization'
import { formatCount, formatDecimal } from '@/lib/decimal'
import type { Light } from './light'
import type { Counting, Run } from './queries'

type Props = { light: Light; counting: Counting | undefined; run: Run | undefined; onClose: () => void }

/** Events on their way: how many, up to when they are counted, and how the last closing of periods stands. */
export function PipelinePanel({ light, counting, run, onClose }: Props) {
  const { zone, path } = useOrganization()
  const reached = run?.barrier.filter((one) => one.reached).length ?? 0
  return (
    <Dialog open onClose={onClose} title="Pipeline" place="right">
      <div className="flex flex-col gap-4">
        <p className="font-medium">{light.word}.</p>
        {counting && (
          <Facts
            facts={[
              ['Events a second', formatDecimal(counting.eventsPerSecond)],
              ['Counted in the last hour', formatCount(counting.counted)],
              [
                'Counted through',
                counting.countedThrough ? <Instant key="t" at={counting.countedThrough} zone={zone} seconds /> : '–',
              ],
            ]}
          />
        )}
        {run && (
          <Facts
            facts={[
              [
                'Last billing run',
                <Link key="r" className="link" href={path(`/billing-runs/${run.id}`)} onClick={onClose}>
                  {run.status}
                </Link>,
              ],
              ['As of', <Instant key="a" at={run.asOf} zone={zone} seconds />],
              ['Partitions', `${reached} of ${run.barrier.length}`],
              ['Invoices issued', formatCount(run.invoicesIssued)],
            ]}
          />
        )}
        <p>
          <Link className="link" href={path('/events')} onClick={onClose}>
            See events as they arrive
          </Link>
        </p>
      </div>
    </Dialog>
  )
}
