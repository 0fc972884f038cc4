'use client'

import { useState } from 'react'
import { Button } from '@/components/button'
import { Form, SelectField, TextField } from '@/components/form'
import { PageHead } from '@/components/page-head'
import { Limited } from '@/components/permitted'
import { ProblemPanel } from '@/components/problem-panel'
import { Skeleton } from '@/components/skeleton'
import { useOrganization } from '@/features/session/organization'
import { firstOfMonth, instantOf } from '@/lib/civil'
import { BacktestResult } from './backtest-result'
import { useBacktest } from './backtest-run'
import { type Plan, usePlan, useVersions } from './queries'

export function BacktestPage({ planId }: { planId: string }) {
  const { may, path } = useOrganization()
  const plan = usePlan(planId)
  const crumb = { label: plan.data?.name ?? 'Plan', href: path(`/plans/${planId}`) }
  if (!may('plans:read')) return <Limited scope="plans:read" />
  if (!may('usage:read')) return <Limited scope="usage:read" />
  return (
    <>
      <PageHead title="Backtest" crumb={crumb} />
      {plan.data ? (
        <Backtest plan={plan.data} />
      ) : plan.error ? (
        <ProblemPanel what="The plan" error={plan.error} onRetry={() => void plan.refetch()} />
      ) : (
        <Skeleton rows={5} />
      )}
    </>
  )
}

/** A price of this plan against what was really invoiced: only periods that lie inside the range count. */
function Backtest({ plan }: { plan: Plan }) {
  const { zone } = useOrganization()
  const versions = useVersions(plan.id)
  const { run, start, stop } = useBacktest()
  const [now] = useState(() => new Date().toISOString())
  const [wrong, setWrong] = useState<string>()
  const running = run?.state === 'running'
  return (
    <div className="flex flex-col gap-4 py-4">
      <Form
        error={run?.problem ?? null}
        onSubmit={(typed) => {
          const from = instantOf(typed('/from'), zone)
          const to = instantOf(typed('/to'), zone)
          setWrong(from && to && from < to ? undefined : 'Two days, the second after the first.')
          if (running || !from || !to || from >= to) return
          const pricing = typed('/pricing')
          const customerIds = typed('/customerIds')
            .split(/[\s,]+/)
            .filter(Boolean)
          void start({
            pricing:
              pricing === 'draft'
                ? { planId: plan.id, draft: true }
                : { planId: plan.id, version: Number.parseInt(pricing, 10) },
            from,
            to,
            ...(customerIds.length > 0 ? { customerIds } : {}),
          })
        }}
      >
        <div className="grid items-start gap-3 sm:grid-cols-2 lg:grid-cols-[minmax(140px,1fr)_160px_160px_minmax(180px,2fr)_auto]">
          <SelectField key={versions.rows?.length} name="/pricing" label="Price">
            {plan.draft && <option value="draft">The draft</option>}
            {versions.rows?.map(({ number }) => (
              <option key={number} value={number}>
                Version {number}
              </option>
            ))}
          </SelectField>
          <TextField name="/from" label="From" type="date" defaultValue={firstOfMonth(now, zone, -3)} />
          <TextField
            name="/to"
            label="To, exclusive"
            type="date"
            defaultValue={firstOfMonth(now, zone, 0)}
            error={wrong}
          />
          <TextField
            name="/customerIds"
            label="Customers"
            optional
            className="code"
            placeholder="All, or ids with commas"
          />
          <div className="flex gap-2 lg:pt-6">
            {/* Until the versions are there, there is no price to try. */}
            <Button type="submit" kind="primary" busy={running} aria-disabled={!versions.rows || undefined}>
              Run backtest
            </Button>
            {running && <Button onClick={stop}>Stop</Button>}
          </div>
        </div>
        <p className="text-caption text-text-2">
          Days are those of {zone}. Real usage of invoiced periods is rated again by this price; nothing is stored.
        </p>
      </Form>
      {run && run.state !== 'failed' && <BacktestResult run={run} name={`backtest-${plan.code}`} />}
    </div>
  )
}
