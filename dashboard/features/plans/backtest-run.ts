'use client'

import { useRef, useState } from 'react'
import { useOrganization } from '@/features/session/organization'
import { answerOf, type Problem, problemOf } from '@/lib/api/problem'
import type { components } from '@/lib/api/schema'
import type { Money } from '@/lib/money'

type BacktestInput = components['schemas']['BacktestInput']
export type BacktestRow = components['schemas']['BacktestRow']
type Totals = { billed: Money; simulated: Money; difference: Money }

export type Run = {
  rows: readonly BacktestRow[]
  totals: Totals | null
  state: 'running' | 'stopped' | 'done' | 'failed'
  problem: Problem | null
}

const PAGE = 100

/** A backtest page by page: each answer adds its customers, and it can be stopped in between. */
export function useBacktest() {
  const { api } = useOrganization()
  const [run, setRun] = useState<Run | null>(null)
  const present = useRef<AbortController | null>(null)

  const start = async (wanted: Omit<BacktestInput, 'cursor' | 'limit'>) => {
    present.current?.abort()
    const own = new AbortController()
    present.current = own
    const rows: BacktestRow[] = []
    let totals: Totals | null = null
    let cursor: string | null | undefined
    setRun({ rows, totals, state: 'running', problem: null })
    try {
      do {
        const body = { ...wanted, limit: PAGE, cursor }
        const page = (await answerOf(api.POST('/api/plans/backtest', { body, signal: own.signal }))).body
        rows.push(...page.data)
        totals = totals ? addTotals(totals, page.totals) : page.totals
        cursor = page.nextCursor
        setRun({ rows: [...rows], totals, state: cursor ? 'running' : 'done', problem: null })
      } while (cursor && !own.signal.aborted)
    } catch (error) {
      if (own.signal.aborted) return
      setRun({ rows: [...rows], totals, state: 'failed', problem: problemOf(error) })
    }
  }
  const stop = () => {
    present.current?.abort()
    setRun((before) => before && { ...before, state: 'stopped' })
  }
  return { run, start, stop }
}

function addTotals(a: Totals, b: Totals): Totals {
  const sum = (x: Money, y: Money): Money => {
    const amountMinor = Number(BigInt(x.amountMinor) + BigInt(y.amountMinor))
    if (!Number.isSafeInteger(amountMinor)) throw new RangeError('A total is too large to be shown exactly')
    return { amountMinor, currency: x.currency }
  }
  return {
    billed: sum(a.billed, b.billed),
    simulated: sum(a.simulated, b.simulated),
    difference: sum(a.difference, b.difference),
  }
}
