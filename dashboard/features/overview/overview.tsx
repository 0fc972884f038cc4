'use client'

import Link from 'next/link'
import { Instant } from '@/components/instant'
import { PageHead } from '@/components/page-head'
import { Panel } from '@/components/panel'
import { ProblemPanel } from '@/components/problem-panel'
import { Skeleton } from '@/components/skeleton'
import { useOrganization } from '@/features/session/organization'
import { formatDecimal } from '@/lib/decimal'
import { formatMoney, type Money } from '@/lib/money'
import { Attention } from './attention'
import { Figure } from './figure'
import { type RevenueMonth, type Summary, useRevenue, useSummary } from './queries'
import { RevenueChart } from './revenue-chart'
import { TopCustomers } from './top-customers'

const linesOf = (amounts: Money[] | null): string[] | null =>
  amounts === null ? null : amounts.length === 0 ? ['–'] : amounts.map(formatMoney)

/** Is it healthy, does it earn, what needs a person. */
export function Overview() {
  const summary = useSummary()
  const { zone } = useOrganization()
  return (
    <>
      <PageHead
        title="Overview"
        badge={
          summary.data && (
            <span className="text-text-3">
              <Instant at={summary.data.asOf} zone={zone} seconds />
            </span>
          )
        }
      />
      <div className="flex flex-col gap-4 py-6">
        {summary.error && !summary.data ? (
          <Panel flush>
            <ProblemPanel what="The overview" error={summary.error} onRetry={() => void summary.refetch()} />
          </Panel>
        ) : (
          <Figures summary={summary.data} />
        )}
        <Attention />
        <Revenue />
        <Largest />
        <Today summary={summary.data} />
      </div>
    </>
  )
}

function Figures({ summary }: { summary: Summary | undefined }) {
  const { path, may } = useOrganization()
  if (!summary) return <Skeleton rows={3} />
  const { invoices, eventsToday } = summary
  const events = eventsToday === null ? null : [formatDecimal(String(eventsToday.counted))]
  return (
    <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-4">
      {may('invoices:read') && (
        <>
          <Figure title="Invoiced this month" href={path('/invoices')} lines={linesOf(summary.revenueThisMonth)} />
          <Figure
            title="Amount due"
            href={path('/invoices?tab=open')}
            lines={linesOf(invoices?.amountDue ?? null)}
            note={invoices && `${invoices.open} open, ${invoices.overdue} overdue`}
          />
          <Figure
            title="MRR"
            href={path('/subscriptions')}
            lines={linesOf(summary.mrr)}
            note="Base prices, without usage"
          />
        </>
      )}
      <Figure
        title="Events today"
        href={path('/events')}
        lines={events}
        note={eventsToday?.rejected ? `${eventsToday.rejected} refused` : undefined}
      />
    </div>
  )
}

function Revenue() {
  const { may, zone } = useOrganization()
  const revenue = useRevenue()
  if (!may('invoices:read')) return null
  const byCurrency = new Map<string, RevenueMonth[]>()
  for (const month of revenue.data?.data ?? []) {
    const months = byCurrency.get(month.invoiced.currency) ?? []
    months.push(month)
    byCurrency.set(month.invoiced.currency, months)
  }
  return (
    <Panel title="Revenue">
      {revenue.error && !revenue.data ? (
        <ProblemPanel what="Revenue" error={revenue.error} onRetry={() => void revenue.refetch()} />
      ) : byCurrency.size === 0 ? (
        <p className="text-text-2">{revenue.data ? 'No invoice was issued in the last twelve months.' : 'Loading…'}</p>
      ) : (
        <div className={`grid gap-x-8 gap-y-6 ${byCurrency.size > 1 ? 'lg:grid-cols-2' : ''}`}>
          {[...byCurrency].map(([currency, months]) => (
            <div key={currency} className="min-w-0">
              <RevenueChart months={months} zone={zone} />
            </div>
          ))}
        </div>
      )}
    </Panel>
  )
}

const CURRENCIES_SHOWN = 4

/** The largest customers of the months that the revenue has, a table for each currency. */
function Largest() {
  const { may } = useOrganization()
  const months = useRevenue().data?.data ?? []
  const since = months[0]?.start
  const currencies = [...new Set(months.map(({ invoiced }) => invoiced.currency))].slice(0, CURRENCIES_SHOWN)
  if (!since || !may('invoices:read') || !may('usage:read')) return null
  return (
    <Panel title="Top customers, twelve months">
      <div className={`grid gap-x-8 gap-y-6 ${currencies.length > 1 ? 'lg:grid-cols-2' : ''}`}>
        {currencies.map((currency) => (
          <TopCustomers key={currency} currency={currency} since={since} />
        ))}
      </div>
    </Panel>
  )
}

function Today({ summary }: { summary: Summary | undefined }) {
  const { path } = useOrganization()
  const metrics = summary?.usageToday ?? []
  if (metrics.length === 0) return null
  return (
    <Panel title="Usage today" flush>
      <table className="w-full">
        <caption className="sr-only">Usage today</caption>
        <thead>
          <tr className="border-b border-border bg-sunken text-caption text-text-2">
            <th scope="col" className="h-8 px-4 text-left font-medium">
              Metric
            </th>
            <th scope="col" className="px-4 text-right font-medium">
              Today
            </th>
            <th scope="col" className="px-4 text-right font-medium">
              Yesterday at this time
            </th>
          </tr>
        </thead>
        <tbody>
          {metrics.map(({ metric, value, yesterdaySameTime }) => (
            <tr key={metric} className="row-height border-b border-border last:border-b-0">
              <td className="px-4">
                <Link href={path(`/events?metric=${encodeURIComponent(metric)}`)} className="link code">
                  {metric}
                </Link>
              </td>
              <td className="numeral px-4 text-right">{value === null ? '–' : formatDecimal(value)}</td>
              <td className="numeral px-4 text-right text-text-2">
                {yesterdaySameTime === null ? '–' : formatDecimal(yesterdaySameTime)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  )
}
