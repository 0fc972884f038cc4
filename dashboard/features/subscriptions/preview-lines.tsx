import { formatDecimal } from '@/lib/decimal'
import { formatAmount, formatMoney } from '@/lib/money'
import { formatPeriod } from '@/lib/time'
import type { Preview } from './mutations'

/** The lines that a change makes of its period, as they will be issued: prorated ones with seconds over seconds. */
export function PreviewLines({ preview, zone }: { preview: Preview; zone: string }) {
  const { lines, total, nextPeriodTotal } = preview
  return (
    <div className="relative overflow-x-auto rounded-control border border-border">
      <table className="numeral w-full">
        <caption className="sr-only">Lines of the running period</caption>
        <thead className="bg-sunken text-caption text-text-2">
          <tr className="border-b border-border">
            <th scope="col" className="h-8 px-3 text-left font-medium">
              Line of this period
            </th>
            <th scope="col" className="px-3 text-right font-medium">
              {total.currency}
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.id} className="border-b border-border align-top" data-testid="preview-line">
              <td className="px-3 py-2">
                <span data-testid="description">{line.description}</span>
                <span className="block text-caption text-text-2">
                  {formatPeriod(line.period.start, line.period.end, zone)}
                  {line.quantity && `, ${formatDecimal(line.quantity)} used`}
                  {line.proration &&
                    line.proration.numerator !== line.proration.denominator &&
                    `, ${formatDecimal(String(line.proration.numerator))} of ${formatDecimal(String(line.proration.denominator))} seconds`}
                </span>
              </td>
              <td className="px-3 py-2 text-right" data-testid="amount">
                {formatAmount(line.amount)}
              </td>
            </tr>
          ))}
          {lines.length === 0 && (
            <tr className="border-b border-border">
              <td colSpan={2} className="px-3 py-2 text-text-2">
                This period is billed as it is.
              </td>
            </tr>
          )}
        </tbody>
        <tfoot>
          <tr className="font-semibold">
            <th scope="row" className="px-3 py-2 text-left font-semibold">
              This period so far
            </th>
            <td className="px-3 py-2 text-right">{formatAmount(total)}</td>
          </tr>
          <tr className="border-t border-border text-text-2">
            <th scope="row" className="px-3 py-2 text-left font-normal">
              A whole next period, without usage
            </th>
            <td className="whitespace-nowrap px-3 py-2 text-right">{formatMoney(nextPeriodTotal)}</td>
          </tr>
        </tfoot>
      </table>
    </div>
  )
}
