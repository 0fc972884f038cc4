import { formatDecimal } from '@/lib/decimal'
import { formatMoney } from '@/lib/money'
import type { Charge } from './queries'
import { chargeSentence } from './sentences'

/** One charge as a customer would read it, with its tiers. */
export function ChargeBlock({ charge, currency }: { charge: Charge; currency: string }) {
  const bounds = [
    charge.minimumAmount && `at least ${formatMoney(charge.minimumAmount)}`,
    charge.maximumAmount && `at most ${formatMoney(charge.maximumAmount)}`,
  ].filter(Boolean)
  return (
    <section aria-label={charge.name} className="flex flex-col gap-2 border-t border-border p-4 first:border-t-0">
      <h3 className="font-medium">
        {charge.name} <span className="code text-text-2">{charge.metric}</span>
      </h3>
      <p>
        {chargeSentence(charge, currency)}
        {bounds.length > 0 && <span className="text-text-2"> ({bounds.join(', ')})</span>}
      </p>
      {charge.tiers && charge.tiers.length > 0 && <Tiers charge={charge} currency={currency} />}
      {charge.matrix && <p className="text-text-2">A price of its own for each value of {charge.matrix.property}.</p>}
    </section>
  )
}

function Tiers({ charge, currency }: { charge: Charge; currency: string }) {
  return (
    <table className="max-w-md">
      <caption className="sr-only">Tiers of {charge.name}</caption>
      <thead>
        <tr className="border-b border-border text-caption text-text-2">
          <th scope="col" className="h-8 pr-4 text-right font-medium">
            Up to, inclusive
          </th>
          <th scope="col" className="px-4 text-right font-medium">
            Per unit, {currency}
          </th>
          <th scope="col" className="pl-4 text-right font-medium">
            Flat, {currency}
          </th>
        </tr>
      </thead>
      <tbody>
        {(charge.tiers ?? []).map((tier) => (
          <tr key={tier.upTo ?? 'above'} className="numeral border-b border-border last:border-b-0">
            <td className="h-8 pr-4 text-right">{tier.upTo ? formatDecimal(tier.upTo) : 'and above'}</td>
            <td className="px-4 text-right">{tier.unitPrice ? formatDecimal(tier.unitPrice) : '–'}</td>
            <td className="pl-4 text-right">{tier.flatPrice ? formatDecimal(tier.flatPrice) : '–'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
