'use client'

import { X } from 'lucide-react'
import { useRef } from 'react'
import { Button } from '@/components/button'
import { Cell } from './cell'
import type { TierTyped } from './definition'
import { useEditor } from './editor-context'
import { addTier, fromOf, pasteTiers, removeTier, type TierColumn } from './tiers'

type Props = { pointer: string; tiers: readonly TierTyped[]; onChange: (tiers: TierTyped[]) => void }

/** Tiers as a table: where one begins follows from where the one before ends. Enter adds a row, pasted cells fill rows. */
export function TierTable({ pointer, tiers, onChange }: Props) {
  const { currency, readOnly, errors } = useEditor()
  const body = useRef<HTMLTableSectionElement>(null)
  const add = (at: number) => {
    onChange(addTier(tiers, at))
    requestAnimationFrame(() => body.current?.rows[at + 1]?.querySelector('input')?.focus())
  }
  const head = 'px-3 pb-1 text-right font-medium'
  return (
    <div className="flex flex-col items-start gap-2">
      <div className="relative -m-1 w-[calc(100%+8px)] overflow-x-auto p-1">
        <table className="w-full min-w-[440px]">
          <caption className="sr-only">Tiers</caption>
          <thead className="text-caption text-text-2">
            <tr>
              <th scope="col" className="w-28 pb-1 pr-1 text-right font-medium">
                From
              </th>
              <th scope="col" className={head}>
                Up to, inclusive
              </th>
              <th scope="col" className={head}>
                Per unit, {currency}
              </th>
              <th scope="col" className={head}>
                Flat, {currency}
              </th>
              <th scope="col" className="w-8">
                <span className="sr-only">Remove</span>
              </th>
            </tr>
          </thead>
          <tbody ref={body}>
            {tiers.map((tier, at) => (
              <Row
                key={tier.key}
                pointer={`${pointer}/${at}`}
                tiers={tiers}
                at={at}
                onChange={onChange}
                onAdd={() => add(at)}
              />
            ))}
          </tbody>
        </table>
      </div>
      {errors.get(pointer) && <p className="text-caption text-danger">{errors.get(pointer)}</p>}
      {!readOnly && <Button onClick={() => add(tiers.length - 2)}>Add tier</Button>}
    </div>
  )
}

type RowProps = {
  pointer: string
  tiers: readonly TierTyped[]
  at: number
  onChange: (tiers: TierTyped[]) => void
  onAdd: () => void
}

function Row({ pointer, tiers, at, onChange, onAdd }: RowProps) {
  const { readOnly } = useEditor()
  const tier = tiers[at]
  if (!tier) return null
  const last = at === tiers.length - 1
  const name = `Tier ${at + 1}`
  const cell = (column: TierColumn, label: string) => (
    <Cell
      pointer={`${pointer}/${column}`}
      label={`${name}, ${label}`}
      shownLabel={false}
      value={tier[column]}
      onChange={(typed) => onChange(tiers.map((each, index) => (index === at ? { ...each, [column]: typed } : each)))}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || readOnly) return
        event.preventDefault()
        onAdd()
      }}
      onPaste={(event) => {
        const filled = readOnly ? null : pasteTiers(tiers, at, column, event.clipboardData.getData('text/plain'))
        if (!filled) return
        event.preventDefault()
        onChange(filled)
      }}
    />
  )
  return (
    <tr className="align-top">
      <td className="numeral h-9 whitespace-nowrap pr-1 pt-1.5 text-right text-text-2">{fromOf(tiers, at)}</td>
      <td className="p-0.5">
        {last ? <p className="px-2.5 pt-1 text-right text-text-2">and above</p> : cell('upTo', 'up to')}
      </td>
      <td className="p-0.5">{cell('unitPrice', 'per unit')}</td>
      <td className="p-0.5">{cell('flatPrice', 'flat')}</td>
      <td className="p-0.5">
        {tiers.length > 1 && !readOnly && (
          <button
            type="button"
            aria-label={`Remove tier ${at + 1}`}
            title={`Remove tier ${at + 1}`}
            onClick={() => onChange(removeTier(tiers, at))}
            className="inline-flex size-8 items-center justify-center rounded-control text-text-2 hover:bg-sunken max-md:size-11"
          >
            <X size={16} strokeWidth={1.75} aria-hidden />
          </button>
        )}
      </td>
    </tr>
  )
}
