'use client'

import Link from 'next/link'
import { Id } from '@/components/copy'
import { Facts, Panel } from '@/components/panel'
import { useOrganization } from '@/features/session/organization'
import { formatCount } from '@/lib/decimal'
import type { Invoice } from './queries'

/** What proves this invoice: how far each partition had been counted, and its place in the chain. */
export function Evidence({ invoice }: { invoice: Invoice }) {
  const { evidence, lines, sequence, subscriptionId, id } = invoice
  const { path } = useOrganization()
  if (!evidence) return null
  const partitions = Object.keys(evidence.cut).sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
  const events = lines.reduce((sum, { eventCount }) => sum + (eventCount ?? 0), 0)
  return (
    <Panel title="Evidence">
      <Facts
        facts={[
          ['Events', formatCount(events)],
          ['Place in chain', sequence === null ? '–' : formatCount(sequence)],
          ['Hash', <Id key="h" id={evidence.hash} what="hash" />],
          ['Hash before', <Id key="p" id={evidence.previousHash} what="hash of the invoice before" />],
          [
            'Billing run',
            <Link key="r" className="link code" href={path(`/billing-runs/${evidence.billingRunId}`)}>
              {evidence.billingRunId.slice(0, 8)}…{evidence.billingRunId.slice(-6)}
            </Link>,
          ],
          ['Subscription', <Id key="s" id={subscriptionId} />],
          ['Invoice', <Id key="i" id={id} />],
        ]}
      />
      <table className="numeral mt-4 w-full">
        <caption className="pb-1 text-left font-medium">Counted up to, per partition</caption>
        <thead className="text-caption text-text-2">
          <tr>
            <th scope="col" className="text-left font-medium">
              Partition
            </th>
            <th scope="col" className="text-right font-medium">
              Marker
            </th>
            <th scope="col" className="text-right font-medium">
              Cut
            </th>
          </tr>
        </thead>
        <tbody>
          {partitions.map((partition) => (
            <tr key={partition} className="border-t border-border">
              <td>{partition}</td>
              <td className="text-right">{formatCount(evidence.markers[partition] ?? 0)}</td>
              <td className="text-right">{formatCount(evidence.cut[partition] ?? 0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  )
}
