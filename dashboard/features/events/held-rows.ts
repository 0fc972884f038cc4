'use client'

import { useState } from 'react'
import type { List } from '@/lib/list'

type Held<Row> = { filters: string; rows: readonly Row[] }

/**
 * Rows that do not move under the pointer: while it rests over the list, what arrives on top waits. `waiting` says how many;
 * `more` that there are rows beyond those which were asked for.
 */
export function useHeldRows<Row>(list: List<Row>, filters: string, keyOf: (row: Row) => string) {
  const [held, setHeld] = useState<Held<Row> | null>(null)
  const rows = list.rows ?? []
  const first = held?.filters === filters ? held.rows[0] : undefined
  const at = first === undefined ? 0 : rows.findIndex((row) => keyOf(row) === keyOf(first))
  const hold = () => setHeld({ filters, rows })
  return {
    rows: at > 0 ? rows.slice(at) : at < 0 ? [...(held?.rows ?? [])] : list.rows,
    waiting: at < 0 ? rows.length : at,
    more: at < 0,
    /** Of the element around the list. */
    pointer: {
      onPointerEnter: (event: { pointerType: string }) => event.pointerType === 'mouse' && hold(),
      onPointerLeave: () => setHeld(null),
    },
    show: hold,
  }
}
