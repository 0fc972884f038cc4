'use client'

import { ChevronRight } from 'lucide-react'
import Link from 'next/link'
import { useEffect, useRef } from 'react'
import { useOrganization } from '@/features/session/organization'
import { formatDecimal } from '@/lib/decimal'
import { formatAmount, formatMoney } from '@/lib/money'
import { LineEvidence } from './line-evidence'
import type { Line } from './queries'

type Props = { invoiceId: string; line: Line; open: boolean; onToggle: () => void }

/** A line of the sheet; unfolded it says how its amount came about. */
export function LineRow({ invoiceId, line, open, onToggle }: Props) {
  const row = useRef<HTMLTableRowElement>(null)
  const arrived = useRef(false)
  useEffect(() => {
    if (open && !arrived.current) row.current?.scrollIntoView({ block: 'nearest' })
    arrived.current = true
  }, [open])
  const group = Object.entries(line.group ?? {}).filter(
    ([name, value]) => !line.description.includes(`${name}: ${value}`),
  )
  return (
    <>
      <tr ref={row} className="border-b border-border align-top">
        <td className="py-2">
          <button
            type="button"
            aria-expanded={open}
            onClick={onToggle}
            className="flex min-h-6 items-start gap-1 text-left"
          >
            <ChevronRight
              size={16}
              strokeWidth={1.75}
              aria-hidden
              className={`mt-0.5 shrink-0 text-text-3 transition-transform ${open ? 'rotate-90' : ''}`}
            />
            <span>
              {line.description}
              {line.adjusts && (
                <span className="block text-caption text-text-2">
                  Adjustment of an earlier invoice: usage that came late
                </span>
              )}
              {group.map(([name, value]) => (
                <span key={name} className="code ml-2 rounded bg-neutral-bg px-1">
                  {name}={value || '""'}
                </span>
              ))}
            </span>
          </button>
        </td>
        <td className="numeral px-3 py-2 text-right">{line.quantity ? formatDecimal(line.quantity) : '–'}</td>
        <td className="numeral py-2 text-right">{formatAmount(line.amount)}</td>
      </tr>
      {open && (
        <tr className="border-b border-border bg-sunken">
          <td colSpan={3} className="p-4">
            <Calculation line={line} />
            {(line.eventCount ?? 0) > 0 && <LineEvidence invoiceId={invoiceId} line={line} />}
          </td>
        </tr>
      )}
    </>
  )
}

/** The steps of the calculation, in words. */
function Calculation({ line }: { line: Line }) {
  const { path } = useOrganization()
  const { quantity, includedUnits, billableUnits, steps, proration, adjusts, amount } = line
  return (
    <div className="numeral flex flex-col gap-1">
      {quantity && includedUnits && billableUnits && (
        <p>
          {formatDecimal(quantity)} − {formatDecimal(includedUnits)} included = {formatDecimal(billableUnits)}
        </p>
      )}
      {(steps ?? []).map((step) => (
        <p key={`${step.units}-${step.unitPrice}-${step.flatPrice}`}>
          {formatDecimal(step.units)}
          {step.unitPrice !== null && ` × ${formatDecimal(step.unitPrice)}`}
          {step.flatPrice !== null && ` + ${formatDecimal(step.flatPrice)}`} = {formatDecimal(step.amount)}
        </p>
      ))}
      {proration && (
        <p>
          {formatDecimal(String(proration.numerator))} of {formatDecimal(String(proration.denominator))} seconds
        </p>
      )}
      {adjusts && (
        <p>
          Adjusts{' '}
          <Link className="link" href={path(`/invoices/${adjusts.invoiceId}?line=${adjusts.lineId}`)}>
            this line
          </Link>
          : rated again {formatMoney(adjusts.reratedTotal)}, billed before {formatMoney(adjusts.billedTotal)}
        </p>
      )}
      <p className="font-medium">Amount: {formatMoney(amount)}</p>
    </div>
  )
}
