'use client'

import Link from 'next/link'
import { Button } from '@/components/button'
import { Panel } from '@/components/panel'
import { useOrganization } from '@/features/session/organization'
import { formatCount } from '@/lib/decimal'
import { formatAmount, formatMoney } from '@/lib/money'
import type { Run } from './backtest-run'
import { byDifference, csvOf, shareOf } from './backtest-sorting'
import { DifferenceStrip } from './difference-strip'

const ROWS_SHOWN = 200

/** Totals before and after, a dot for each customer, and the customers by how much it changes for them. */
export function BacktestResult({ run, name }: { run: Run; name: string }) {
  const { totals } = run
  if (!totals || run.rows.length === 0) {
    if (run.state === 'running') return <p role="status">Reading invoiced periods…</p>
    return (
      <p role="status" className="text-text-2">
        {run.state === 'stopped'
          ? 'Stopped before the first customers came.'
          : 'No invoiced periods in this currency and range. Choose another range.'}
      </p>
    )
  }
  const share = shareOf(totals.difference, totals.billed)
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-3">
        {(
          [
            ['Billed', formatMoney(totals.billed), null],
            ['By this price', formatMoney(totals.simulated), null],
            ['Difference', formatMoney(totals.difference), share],
          ] as const
        ).map(([label, amount, aside]) => (
          <Panel key={label} title={label}>
            <p className="numeral text-figure" data-testid={`total ${label}`}>
              {amount}
            </p>
            {aside && <p className="numeral text-text-2">{aside}</p>}
          </Panel>
        ))}
      </div>
      <Panel
        title="Customers"
        flush
        aside={
          <Button onClick={() => download(csvOf(byDifference(run.rows)), name)} kind="quiet">
            Export CSV
          </Button>
        }
      >
        <p role="status" className="px-4 pb-2 text-text-2">
          {formatCount(run.rows.length)} {run.rows.length === 1 ? 'customer' : 'customers'}
          {run.state === 'running' && ' so far'}
          {run.state === 'stopped' && ', stopped before the end'}
        </p>
        <DifferenceStrip rows={run.rows} />
        <Rows run={run} />
      </Panel>
    </>
  )
}

function Rows({ run }: { run: Run }) {
  const { path } = useOrganization()
  const rows = byDifference(run.rows)
  const currency = rows[0]?.billed.currency
  const heads = [`Billed, ${currency}`, `By this price, ${currency}`, `Difference, ${currency}`, 'Per cent']
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways on phones, so the keyboard must reach it
    <section className="relative overflow-x-auto" tabIndex={0} aria-label="Customers by difference">
      <table className="w-full">
        <caption className="sr-only">Customers, the largest difference first</caption>
        <thead>
          <tr className="border-y border-border bg-sunken text-caption text-text-2">
            <th scope="col" className="h-8 pl-4 pr-3 text-left font-medium">
              Customer
            </th>
            {heads.map((head) => (
              <th key={head} scope="col" className="whitespace-nowrap px-3 text-right font-medium last:pr-4">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, ROWS_SHOWN).map(({ customerId, billed, simulated, difference }) => (
            <tr key={customerId} className="numeral border-b border-border text-right last:border-b-0">
              <th scope="row" className="row-height pl-4 pr-3 text-left font-normal">
                <Link className="link code" href={path(`/customers/${encodeURIComponent(customerId)}`)}>
                  {customerId}
                </Link>
              </th>
              <td className="px-3">{formatAmount(billed)}</td>
              <td className="px-3">{formatAmount(simulated)}</td>
              <td className="px-3 font-medium">{formatAmount(difference)}</td>
              <td className="pl-3 pr-4">{shareOf(difference, billed) ?? '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > ROWS_SHOWN && (
        <p className="p-4 text-text-2">
          The {ROWS_SHOWN} with the largest difference are shown; the CSV has all {formatCount(rows.length)}.
        </p>
      )}
    </section>
  )
}

function download(text: string, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv' }))
  link.download = `${name}.csv`
  link.click()
  URL.revokeObjectURL(link.href)
}
