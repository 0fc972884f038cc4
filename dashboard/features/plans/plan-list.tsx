'use client'

import Link from 'next/link'
import { Badge, type Tone, worded } from '@/components/badge'
import { Button, buttonLooks } from '@/components/button'
import { Empty } from '@/components/empty'
import { Filters } from '@/components/filters'
import { PageHead } from '@/components/page-head'
import { Panel } from '@/components/panel'
import { Limited } from '@/components/permitted'
import { PermittedLink } from '@/components/permitted-link'
import { type Column, Table } from '@/components/table'
import { useOrganization } from '@/features/session/organization'
import { useUrlState } from '@/lib/url-state'
import { type Plan, usePlans } from './queries'
import { priceSentence } from './sentences'
import { TEMPLATES } from './templates'

export const PLAN_TONES: Record<Plan['status'], Tone> = { draft: 'neutral', active: 'success', archived: 'neutral' }
const STATES = ['draft', 'active', 'archived'] as const

function readUrl(given: URLSearchParams): { status: Plan['status'] | null } {
  return { status: STATES.find((state) => state === given.get('status')) ?? null }
}

const COLUMNS: readonly Column<Plan>[] = [
  { head: 'Name', cell: ({ name }) => name },
  { head: 'Code', cell: ({ code }) => <span className="code">{code}</span> },
  { head: 'Price', cell: ({ current, currency }) => priceSentence(current, currency), narrow: 'second' },
  {
    head: 'Version',
    cell: ({ latestVersion, draft }) => `${latestVersion ?? '–'}${draft ? ', a draft waits' : ''}`,
  },
  { head: 'State', cell: ({ status }) => <Badge tone={PLAN_TONES[status]}>{worded(status)}</Badge>, narrow: 'second' },
]

/** What there is to sell. */
export function PlanList() {
  const { may, path } = useOrganization()
  const [url, change] = useUrlState(readUrl)
  const list = usePlans({ status: url.status ?? undefined })
  if (!may('plans:read')) return <Limited scope="plans:read" />
  const create = (
    <PermittedLink scope="plans:write" kind="primary" href={path('/plans/new')}>
      New plan
    </PermittedLink>
  )
  return (
    <>
      <PageHead title="Plans">{create}</PageHead>
      <Filters filters={[{ name: 'status', label: 'State', choices: STATES }]} values={url} onChange={change} />
      <Panel flush>
        <Table
          caption="Plans"
          list={list}
          columns={COLUMNS}
          rowKey={({ id }) => id}
          href={({ id }) => path(`/plans/${id}`)}
          empty={
            url.status ? (
              <Empty
                title={`No ${url.status} plans`}
                action={<Button onClick={() => change({ status: null })}>Clear filters</Button>}
              />
            ) : (
              <Empty
                title="No plans yet"
                action={
                  may('plans:write') && (
                    <div className="flex flex-wrap gap-2">
                      {TEMPLATES.map(({ name }) => (
                        <Link
                          key={name}
                          className={buttonLooks()}
                          href={path(`/plans/new?template=${encodeURIComponent(name)}`)}
                        >
                          {name}
                        </Link>
                      ))}
                    </div>
                  )
                }
              >
                A plan says what your usage costs: a base price and a charge for each metric. Begin with one of these.
              </Empty>
            )
          }
        />
      </Panel>
    </>
  )
}
