'use client'

import { Button } from '@/components/button'
import { DifferenceTable } from '@/components/difference-table'
import { Panel } from '@/components/panel'
import { ProblemPanel } from '@/components/problem-panel'
import { Skeleton } from '@/components/skeleton'
import { typedOf } from './definition'
import { differencesOf } from './differences'
import { type Plan, useVersion } from './queries'
import { startOf } from './use-draft'

export type Comparison = { from: number; to: number | 'draft' }

/** `2..3` or `2..draft`, as the address has it. */
export function readComparison(text: string | null): Comparison | null {
  const found = /^([1-9]\d{0,6})\.\.([1-9]\d{0,6}|draft)$/.exec(text ?? '')
  if (!found) return null
  const [, from = '', to = ''] = found
  return { from: Number.parseInt(from, 10), to: to === 'draft' ? 'draft' : Number.parseInt(to, 10) }
}

type Props = { plan: Plan; comparison: Comparison; onClose: () => void }

/** What two versions say differently. */
export function VersionComparison({ plan, comparison, onClose }: Props) {
  const { from, to } = comparison
  const before = useVersion(plan.id, from)
  const after = useVersion(plan.id, to === 'draft' ? null : to)
  const error = before.error ?? after.error
  const afterTyped = to === 'draft' ? startOf(plan) : after.data && typedOf(after.data)
  const heads = [`Version ${from}`, to === 'draft' ? 'Draft' : `Version ${to}`] as const
  return (
    <Panel
      title={`${heads[0]} and ${heads[1].toLowerCase()}`}
      flush
      aside={
        <Button kind="quiet" onClick={onClose}>
          Close
        </Button>
      }
    >
      {error ? (
        <ProblemPanel what="A version" error={error} />
      ) : before.data && afterTyped ? (
        <DifferenceTable
          caption="Where the versions differ"
          heads={heads}
          differences={differencesOf(typedOf(before.data), afterTyped)}
        />
      ) : (
        <Skeleton rows={4} />
      )}
    </Panel>
  )
}
