'use client'

import { Panel } from '@/components/panel'
import type { components } from '@/lib/api/schema'
import { formatDecimal } from '@/lib/decimal'
import { formatMoney } from '@/lib/money'
import { formatPeriod } from '@/lib/time'

type Upcoming = Omit<components['schemas']['UpcomingBody'], 'id'>

/** The coming bill as it stands now: an estimate, and marked as one. */
export function UpcomingInvoice({ upcoming, zone }: { upcoming: Upcoming; zone: string }) {
  return (
    <Panel title="Upcoming invoice" aside={<span className="text-text-2">Estimate</span>}>
      <p className="text-text-2">
        {upcoming.planCode} · {formatPeriod(upcoming.period.start, upcoming.period.end, zone)}
      </p>
      <table className="numeral mt-2 w-full">
        <caption className="sr-only">Lines of the upcoming invoice</caption>
        <tbody>
          {upcoming.lines.map((line) => (
            <tr key={line.id ?? line.description} className="border-t border-border">
              <td className="py-1.5">{line.description}</td>
              <td className="px-3 py-1.5 text-right text-text-2">
                {line.quantity ? formatDecimal(line.quantity) : ''}
              </td>
              <td className="py-1.5 text-right">{formatMoney(line.amount)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr className="border-t border-border-strong font-semibold">
            <th scope="row" colSpan={2} className="py-1.5 text-left font-semibold">
              So far
            </th>
            <td className="py-1.5 text-right">≈ {formatMoney(upcoming.total)}</td>
          </tr>
        </tfoot>
      </table>
    </Panel>
  )
}
