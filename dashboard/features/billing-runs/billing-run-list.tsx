'use client'

import { usePathname } from 'next/navigation'
import { useCallback, useState } from 'react'
import { Dialog } from '@/components/dialog'
import { Empty } from '@/components/empty'
import { Instant } from '@/components/instant'
import { PageHead } from '@/components/page-head'
import { Panel } from '@/components/panel'
import { Limited, PermittedButton } from '@/components/permitted'
import { type Column, Table } from '@/components/table'
import { InvoiceTabs } from '@/features/invoices/invoice-tabs'
import { useOrganization } from '@/features/session/organization'
import { formatCount } from '@/lib/decimal'
import { goTo, useWalk } from '@/lib/walk'
import { BillingRunDetail } from './billing-run-detail'
import { CloseDuePeriods } from './close-due-periods'
import { type BillingRun, useBillingRuns } from './queries'
import { RunBadge } from './run-badge'

/** "9 of 12": partitions in which everything before the run's marker is counted. */
function reachedOf({ barrier }: BillingRun): string {
  if (barrier.length === 0) return '–'
  return `${barrier.filter(({ reached }) => reached).length} of ${barrier.length}`
}

/** Each closing of periods, behind its barrier of markers. */
export function BillingRunList() {
  const { path, zone, may } = useOrganization()
  const [asking, setAsking] = useState(false)
  const rest = usePathname().slice(path('/billing-runs').length + 1)
  const openId = rest === '' ? null : rest
  const list = useBillingRuns()
  const open = useCallback((runId: string) => goTo(path(`/billing-runs/${runId}`)), [path])
  useWalk(list.rows?.map(({ id }) => id) ?? [], openId, open)
  if (!may('invoices:read')) return <Limited scope="invoices:read" />
  const columns: readonly Column<BillingRun>[] = [
    { head: 'As of', cell: ({ asOf }) => <Instant at={asOf} zone={zone} seconds /> },
    { head: 'Trigger', cell: ({ trigger }) => trigger },
    { head: 'State', cell: ({ status }) => <RunBadge status={status} />, narrow: 'second' },
    { head: 'Partitions', cell: reachedOf, right: true, narrow: 'hidden' },
    { head: 'Periods', cell: ({ periodsClosed }) => formatCount(periodsClosed), right: true, narrow: 'hidden' },
    { head: 'Failures', cell: ({ failures }) => formatCount(failures.length), right: true, narrow: 'hidden' },
    { head: 'Invoices', cell: ({ invoicesIssued }) => formatCount(invoicesIssued), right: true },
  ]
  return (
    <>
      <PageHead title="Billing runs">
        <PermittedButton scope="invoices:write" kind="primary" onClick={() => setAsking(true)}>
          Close due periods now
        </PermittedButton>
      </PageHead>
      <InvoiceTabs here="billing-runs" />
      <div className="py-4">
        <Panel flush>
          <Table
            caption="Billing runs"
            list={list}
            columns={columns}
            rowKey={({ id }) => id}
            href={({ id }) => path(`/billing-runs/${id}`)}
            onOpen={({ id }) => open(id)}
            selected={openId}
            empty={
              <Empty title="No billing runs yet">
                A run closes the periods that are over: it writes a marker into every partition, waits until all that
                came before is counted, and issues the invoices. The first comes when a period has ended.
              </Empty>
            }
          />
        </Panel>
      </div>
      {asking && <CloseDuePeriods onClose={() => setAsking(false)} onClosed={(run) => open(run.id)} />}
      <Dialog place="right" title="Billing run" open={openId !== null} onClose={() => goTo(path('/billing-runs'))}>
        {openId && <BillingRunDetail runId={openId} />}
      </Dialog>
    </>
  )
}
