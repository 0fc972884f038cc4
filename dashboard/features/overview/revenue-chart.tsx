'use client'

import { SeriesChart } from '@/components/charts/series-chart'
import { formatMoney, type Money, majorOf, sumsByCurrency } from '@/lib/money'
import type { RevenueMonth } from './queries'

type Props = { months: readonly RevenueMonth[]; zone: string }

/** Base and usage of each month, stacked; the month that runs is hatched. What is printed comes from the API's amounts. */
export function RevenueChart({ months, zone }: Props) {
  const currency = months[0]?.invoiced.currency ?? ''
  const named = new Intl.DateTimeFormat('en-GB', { month: 'short', year: 'numeric', timeZone: zone })
  const windows = months.map(({ start }, at) => ({
    key: start,
    label: named.format(new Date(start)),
    tick: named.format(new Date(start)).split(' ')[0] ?? '',
    soFar: at === months.length - 1,
  }))
  const values = (part: (month: RevenueMonth) => Money) => months.map((month) => majorOf(part(month)))
  const [total] = sumsByCurrency(months.map(({ invoiced }) => invoiced))
  return (
    <SeriesChart
      name={`Revenue by month in ${currency}`}
      total={total ? formatMoney(total) : '–'}
      kind="columns"
      windows={windows}
      series={[
        { key: 'base', name: `Base (${currency})`, colour: 'var(--border-strong)', values: values(({ base }) => base) },
        { key: 'usage', name: `Usage (${currency})`, colour: 'var(--series-1)', values: values(({ usage }) => usage) },
      ]}
    />
  )
}
