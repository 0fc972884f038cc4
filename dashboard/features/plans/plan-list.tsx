'use client'

import { Badge, type Tone } from '@/components/badge'
import { Button } from '@/components/button'
import { Empty } from '@/components/empty'
import { Filters } from '@/components/filters'
import { PageHead } from '@/components/page-head'
import { Panel } from '@/components/panel'
import { Limited } from '@/components/permitted'
import { type Column, Table } from '@/components/table'
import { useOrganization } from '@/features/session/organization'
import { useUrlState } from '@/lib/url-state'
import { type Plan, usePlans } from './queries'
import { priceSentence } from './sentences'

export const PLAN_TONES: Record<Plan['status'], Tone> = { draft: 'neutral', active: 'success', archived: 'neutral' }
const STATES = ['draft', 'active', 'archived'] as const

function readUrl(given: URLSearchParams): { status: Plan['status'] | null } {
  return { status: STATES.find((state) => state === given.get('status')) ?? null }
}

const COLUMNS: readonly Column<Plan>[] = [
  { head: 'Name', cell: ({ name }) => name },
  { head: 'Code', cell: ({ code }) => <span className="code">{code}</span>, narrow: 'second' },
  { head: 'Price', cell: ({ current, currency }) => priceSentence(current, currency) },
  {
    head: 'Version',
    cell: ({ latestVersion, draft }) => `${latestVersion ?? '–'}${draft ? ', a draft waits' : ''}`,
  },
  { head: 'State', cell: ({ status }) => <Badge tone={PLAN_TONES[status]}>{status}</Badge>, narrow: 'second' },
]

/** What there is to sell. */
export function PlanList() {
  const { may, path } = useOrganization()
  const [url, change] = useUrlState(readUrl)
  const list = usePlans({ status: url.status ?? undefined })
  if (!may('plans:read')) return <Limited scope="plans:read" />
  return (
    <>
      <PageHead title="Plans" />
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
              <Empty title="No plans yet">
                A plan says what your usage costs: a base price and a charge for each metric. Create one with{' '}
                <span className="code">POST /api/plans</span>.
              </Empty>
            )
          }
        />
      </Panel>
    </>
  )
}
