'use client'

import Link from 'next/link'
import { Instant } from '@/components/instant'
import { Panel } from '@/components/panel'
import { useOrganization } from '@/features/session/organization'
import { type Plan, useVersions } from './queries'

/** The versions in a column, each comparable with the one before. */
export function VersionsPanel({ plan }: { plan: Plan }) {
  const { path, zone } = useOrganization()
  const versions = useVersions(plan.id)
  const compare = (from: number, to: number | 'draft') => path(`/plans/${plan.id}?compare=${from}..${to}`)
  return (
    <Panel title="Versions">
      <ul className="flex flex-col gap-2">
        {plan.draft && (
          <li className="flex flex-wrap items-baseline justify-between gap-x-3">
            <Link className="link" href={path(`/plans/${plan.id}/draft`)}>
              Draft
            </Link>
            {plan.latestVersion !== null && (
              <Link className="link text-caption" href={compare(plan.latestVersion, 'draft')} scroll={false}>
                Compare with {plan.latestVersion}
              </Link>
            )}
          </li>
        )}
        {versions.rows?.map(({ number, publishedAt }) => (
          <li key={number} className="flex flex-wrap items-baseline justify-between gap-x-3">
            <span>
              Version {number}, <Instant at={publishedAt} zone={zone} />
            </span>
            {number > 1 && (
              <Link className="link text-caption" href={compare(number - 1, number)} scroll={false}>
                Compare with {number - 1}
              </Link>
            )}
          </li>
        ))}
        {versions.rows?.length === 0 && !plan.draft && <li className="text-text-2">None yet.</li>}
      </ul>
      {versions.more && (
        <button type="button" className="link mt-2 min-h-6" onClick={versions.loadMore}>
          Load more
        </button>
      )}
    </Panel>
  )
}
