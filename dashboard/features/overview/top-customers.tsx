'use client'

import Link from 'next/link'
import { Name } from '@/components/name'
import { useOrganization } from '@/features/session/organization'
import { pixelValue } from '@/lib/decimal'
import { formatMinor } from '@/lib/money'
import { useTopCustomers } from './queries'

/** "0.4213" as "42.1 %": the digits are the API's. */
const percent = (share: string) => {
  const [whole = '0', fraction = ''] = share.split('.')
  const digits = fraction.padEnd(3, '0')
  return `${BigInt(`${whole}${digits.slice(0, 2)}`)}.${digits[2]} %`
}

/** Who brings most in one currency, and how much of the whole that is, since an instant. */
export function TopCustomers({ currency, since }: { currency: string; since: string }) {
  const { path } = useOrganization()
  const top = useTopCustomers(currency, since)
  const rows = top.data?.data ?? []
  if (rows.length === 0) return null
  return (
    <table className="w-full table-fixed self-start">
      <caption className="pb-1 text-left text-caption text-text-2">{currency}</caption>
      <thead className="sr-only">
        <tr>
          <th scope="col">Customer</th>
          <th scope="col">Share</th>
          <th scope="col">Invoiced</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ customerId, name, value, share }) => (
          <tr key={customerId} className="row-height border-t border-border">
            <td className="w-2/5 pr-3">
              <Link className="hover:underline" href={path(`/customers/${encodeURIComponent(customerId)}`)}>
                <Name>{name ?? customerId}</Name>
              </Link>
            </td>
            <td className="pr-3">
              <span className="flex items-center gap-2">
                <span aria-hidden className="h-1.5 min-w-0 flex-1 rounded-full bg-sunken">
                  <span
                    className="block h-full rounded-full bg-accent"
                    style={{ width: `${Math.min(100, Math.max(1, pixelValue(share ?? '0') * 100))}%` }}
                  />
                </span>
                <span className="numeral w-14 shrink-0 text-right text-caption text-text-2">
                  {share === null ? '–' : percent(share)}
                </span>
              </span>
            </td>
            <td className="numeral w-28 whitespace-nowrap text-right">{formatMinor(value, currency)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
