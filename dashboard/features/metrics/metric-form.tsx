'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { Button } from '@/components/button'
import { Form, SelectField, TextField } from '@/components/form'
import { PageHead } from '@/components/page-head'
import { useOrganization } from '@/features/session/organization'
import { type MetricInput, useCreateMetric } from './queries'

const AGGREGATIONS = [
  ['SUM', 'Sum of amounts'],
  ['COUNT', 'Count of events'],
  ['UNIQUE', 'Distinct values of a property'],
  ['MAX', 'Highest value'],
  ['MIN', 'Lowest value'],
  ['AVG', 'Average value'],
  ['LATEST', 'Latest value'],
  ['WEIGHTED_SUM', 'A level, weighted by time'],
] as const

/** A metric's definition never changes: another metric on the same event name replaces it. */
export function MetricForm() {
  const router = useRouter()
  const { path } = useOrganization()
  const create = useCreateMetric(({ id }) => router.push(path(`/metrics/${id}`)))
  const [aggregation, setAggregation] = useState<MetricInput['aggregation']>('SUM')
  return (
    <>
      <PageHead title="New metric" crumb={{ label: 'Metrics', href: path('/metrics') }} />
      <div className="max-w-[640px] py-6">
        <Form
          error={create.error}
          onSubmit={(typed) => {
            if (create.isPending) return
            const groupBy = typed('/groupBy')
              .split(/[\s,]+/)
              .filter(Boolean)
            create.mutate({
              name: typed('/name'),
              code: typed('/code'),
              aggregation,
              valueProperty: typed('/valueProperty') || null,
              eventName: typed('/eventName') || null,
              unit: typed('/unit') || null,
              groupBy,
            })
          }}
        >
          <TextField name="/name" label="Name" required help="What customers read on invoices." />
          <TextField
            name="/code"
            label="Code"
            required
            className="code"
            help="Letters, digits and . _ - ; it is fixed."
          />
          <SelectField
            name="/aggregation"
            label="Aggregation"
            value={aggregation}
            onChange={(event) => setAggregation(event.target.value as MetricInput['aggregation'])}
          >
            {AGGREGATIONS.map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </SelectField>
          {aggregation !== 'COUNT' && (
            <TextField
              name="/valueProperty"
              label="Property"
              optional={aggregation !== 'UNIQUE'}
              className="code"
              help="Aggregated in place of the event's amount."
            />
          )}
          <TextField
            name="/eventName"
            label="Event name"
            optional
            className="code"
            help="What events carry in `metric`; the code, if left empty."
          />
          <TextField
            name="/groupBy"
            label="Group by"
            optional
            className="code"
            help="Up to five properties, with commas."
          />
          <TextField name="/unit" label="Unit" optional placeholder="call" />
          <p className="text-text-2">The definition cannot be changed later; only name, unit and description can.</p>
          <div>
            <Button type="submit" kind="primary" busy={create.isPending}>
              Create metric
            </Button>
          </div>
        </Form>
      </div>
    </>
  )
}
