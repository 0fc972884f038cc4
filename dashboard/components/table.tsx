'use client'

import Link from 'next/link'
import { type MouseEvent, type ReactNode, useEffect, useRef } from 'react'
import type { List } from '@/lib/list'
import { formatClock } from '@/lib/time'
import { Button } from './button'
import { ProblemPanel, StaleLine } from './problem-panel'

export type Column<Row> = {
  head: string
  cell: (row: Row) => ReactNode
  /** Numerals and money stand right. */
  right?: boolean
  /** Where it goes when a row becomes two lines on a phone: nowhere by default, unless it stands right; acts stand beside both. */
  narrow?: 'second' | 'hidden' | 'beside'
}

type Props<Row> = {
  caption: string
  list: List<Row>
  columns: readonly Column<Row>[]
  rowKey: (row: Row) => string
  /** The row's own page; the first column links to it. */
  href?: (row: Row) => string
  /** Opens the row in place of following its link. */
  onOpen?: (row: Row) => void
  selected?: string | null
  /** Rows that are chosen together; `of` names a row for readers. */
  choice?: { chosen: ReadonlySet<string>; of: (row: Row) => string; onToggle: (keys: readonly string[]) => void }
  empty: ReactNode
  foot?: ReactNode
  expected?: number
}

const CELL = 'px-3 first:pl-4 last:pr-4 max-md:px-4'

/** A list as a table: it loads, fails, goes stale and is empty by itself. Below 768 px a row becomes two lines. */
export function Table<Row>(props: Props<Row>) {
  const { list, caption, columns, choice, rowKey, empty, foot, expected = 12 } = props
  const keys = list.rows?.map(rowKey) ?? []
  const open = keys.filter((key) => !choice?.chosen.has(key))
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  if (!list.rows && list.error) return <ProblemPanel what={caption} error={list.error} onRetry={list.retry} />
  if (list.rows?.length === 0 && !list.stale) return empty
  return (
    <div>
      {list.rows && list.error ? (
        <StaleLine shownAt={formatClock(new Date(list.updatedAt).toISOString(), zone)} />
      ) : null}
      <div className="relative md:overflow-x-auto">
        {list.stale && <span className="absolute inset-x-0 top-0 h-0.5 animate-pulse bg-accent" />}
        <table className="w-full border-collapse" aria-busy={!list.rows || list.stale}>
          <caption className="sr-only">{caption}</caption>
          <thead className="max-md:sr-only">
            <tr className="border-b border-border bg-sunken text-caption text-text-2">
              {choice && (
                <th scope="col" className={`${CELL} w-10`}>
                  <Check
                    label={`Choose all ${keys.length} rows`}
                    checked={keys.length > 0 && open.length === 0}
                    onChange={() => choice.onToggle(open.length > 0 ? open : keys)}
                  />
                </th>
              )}
              {columns.map(({ head, right }) => (
                <th
                  key={head}
                  scope="col"
                  className={`${CELL} h-8 whitespace-nowrap font-medium ${right ? 'text-right' : 'text-left'}`}
                >
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody className={list.stale ? 'opacity-60' : ''}>
            {list.rows ? (
              list.rows.map((row) => <Line key={props.rowKey(row)} row={row} {...props} />)
            ) : (
              <SkeletonLines columns={columns.length + (choice ? 1 : 0)} rows={expected} />
            )}
          </tbody>
        </table>
      </div>
      {list.rows && (list.more || foot) && (
        <div className="flex flex-wrap items-center gap-3 border-t border-border px-4 py-2">
          {list.more && (
            <Button busy={list.loadingMore} onClick={list.loadMore}>
              Load 50 more
            </Button>
          )}
          {list.more && <span className="numeral text-text-2">{list.rows.length} shown</span>}
          {foot && <div className="ml-auto text-text-2">{foot}</div>}
        </div>
      )}
    </div>
  )
}

function Check({ label, checked, onChange }: { label: string; checked: boolean; onChange: () => void }) {
  return (
    // The label is the target, which is larger than the box.
    <label className="inline-flex size-6 items-center justify-center">
      <span className="sr-only">{label}</span>
      <input type="checkbox" className="size-4 accent-[var(--accent)]" checked={checked} onChange={onChange} />
    </label>
  )
}

function Line<Row>({ row, columns, rowKey, href, onOpen, selected, choice }: Props<Row> & { row: Row }) {
  const line = useRef<HTMLTableRowElement>(null)
  const key = rowKey(row)
  const marked = selected === key
  useEffect(() => {
    if (marked) line.current?.scrollIntoView({ block: 'nearest' })
  }, [marked])
  const address = href?.(row)
  const follow = (event: MouseEvent<HTMLElement>) => {
    if (onOpen && !event.metaKey && !event.ctrlKey) {
      event.preventDefault()
      onOpen(row)
    }
  }
  return (
    <tr
      ref={line}
      aria-current={marked || undefined}
      onClick={(event) => {
        const inner = (event.target as HTMLElement).closest('a, button, input, label')
        if (!address || inner || window.getSelection()?.toString()) return
        event.currentTarget.querySelector<HTMLAnchorElement>('a[data-row]')?.click()
      }}
      className={`border-b border-border last:border-b-0 max-md:grid max-md:grid-cols-[1fr_auto] max-md:py-2 ${address ? 'cursor-pointer' : ''} ${marked ? 'bg-selected' : 'hover:bg-sunken'}`}
    >
      {choice && (
        <td className={`${CELL} w-10 max-md:hidden`}>
          <Check
            label={`Choose ${choice.of(row)}`}
            checked={choice.chosen.has(key)}
            onChange={() => choice.onToggle([key])}
          />
        </td>
      )}
      {columns.map((column, at) => (
        <td
          key={column.head}
          className={`${CELL} md:row-height ${column.right ? 'numeral whitespace-nowrap text-right' : 'text-left'} ${narrowLooks(columns, at)}`}
        >
          {at === 0 && address ? (
            <Link href={address} data-row prefetch={false} onClick={follow} className="font-medium hover:underline">
              {column.cell(row)}
            </Link>
          ) : (
            column.cell(row)
          )}
        </td>
      ))}
    </tr>
  )
}

/** On a phone: name and amount, below them what stands second; whatever comes into the second place of a line stands right. */
function narrowLooks<Row>(columns: readonly Column<Row>[], at: number): string {
  const stands = ({ right, narrow }: Column<Row>, place: number) =>
    narrow !== 'hidden' && (place === 0 || right || narrow !== undefined)
  const column = columns[at]
  if (!column || !stands(column, at)) return 'max-md:hidden'
  if (column.narrow === 'beside') return 'max-md:row-span-2 max-md:self-center'
  const shown = columns.flatMap((each, place) =>
    stands(each, place) ? [{ second: each.narrow === 'second', place }] : [],
  )
  const order = [...shown.filter(({ second }) => !second), ...shown.filter(({ second }) => second)]
  const beside = columns.some(({ narrow }) => narrow === 'beside')
  const right = !beside && order.findIndex(({ place }) => place === at) % 2 === 1
  return `max-md:min-w-0 ${column.narrow === 'second' ? 'max-md:order-1' : ''} ${right ? 'max-md:text-right' : ''}`
}

function SkeletonLines({ rows, columns }: { rows: number; columns: number }) {
  return Array.from({ length: rows }, (_, row) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: lines of a skeleton have no identity
    <tr key={row} className="border-b border-border last:border-b-0">
      {Array.from({ length: columns }, (_, column) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: nor have its cells
        <td key={column} className={`${CELL} row-height ${column > 1 ? 'max-md:hidden' : ''}`}>
          <span className="skeleton block h-3.5" style={{ width: `${85 - ((row * 13 + column * 29) % 40)}%` }} />
        </td>
      ))}
    </tr>
  ))
}
