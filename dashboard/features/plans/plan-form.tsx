'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { Form, SelectField, TextField } from '@/components/form'
import { PageHead } from '@/components/page-head'
import { Limited, PermittedButton } from '@/components/permitted'
import { useMetrics } from '@/features/metrics/queries'
import { useOrganization } from '@/features/session/organization'
import { useUrlState } from '@/lib/url-state'
import { useCreatePlan } from './mutations'
import { TEMPLATES } from './templates'

const readUrl = (given: URLSearchParams) => {
  const found = TEMPLATES.find(({ name }) => name === given.get('template')) ?? TEMPLATES[0]
  return { template: found?.name ?? '' }
}

/** What a plan is called and where it begins; its prices are made in the editor that follows. */
export function PlanForm() {
  const { may, path, facts } = useOrganization()
  const router = useRouter()
  const metrics = useMetrics({ status: 'active' }, 200)
  const [url] = useUrlState(readUrl)
  const [template, choose] = useState(url.template)
  const [chosen, chooseMetric] = useState<string>()
  const metric = chosen ?? metrics.rows?.[0]?.code ?? ''
  const create = useCreatePlan(({ id }) => router.push(path(`/plans/${id}/draft`)))
  if (!may('plans:read')) return <Limited scope="plans:read" />
  return (
    <>
      <PageHead title="New plan" crumb={{ label: 'Plans', href: path('/plans') }} />
      <div className="max-w-[640px] py-6">
        <Form
          error={create.error}
          sentences={{ already_exists: 'A plan has this code already. Choose another one.' }}
          onSubmit={(typed) => {
            const begin = TEMPLATES.find(({ name }) => name === template)
            if (create.isPending || !begin) return
            create.mutate({
              name: typed('/name'),
              code: typed('/code'),
              currency: typed('/currency').toUpperCase(),
              draft: begin.definition(metrics.rows?.find((each) => each.code === metric)),
              publish: false,
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
          <TextField
            name="/currency"
            label="Currency"
            required
            className="code uppercase"
            defaultValue={facts.defaultCurrency}
            help="Three letters; it is fixed."
          />
          <fieldset className="flex flex-col gap-2">
            <legend className="pb-1 font-medium">Begin with</legend>
            {TEMPLATES.map(({ name, says }) => (
              <label key={name} className="flex items-start gap-2 rounded-control border border-border p-3">
                <input
                  type="radio"
                  name="template"
                  className="mt-1"
                  checked={template === name}
                  onChange={() => choose(name)}
                />
                <span>
                  <span className="font-medium">{name}</span>
                  <br />
                  <span className="text-text-2">{says}</span>
                </span>
              </label>
            ))}
          </fieldset>
          {template !== TEMPLATES.at(-1)?.name && (
            <SelectField
              name="metric"
              label="Metric"
              help="What is charged."
              value={metric}
              onChange={(event) => chooseMetric(event.target.value)}
            >
              {(metrics.rows ?? []).map(({ id, code, name }) => (
                <option key={id} value={code}>
                  {name} ({code})
                </option>
              ))}
              <option value="">None yet</option>
            </SelectField>
          )}
          <div>
            <PermittedButton scope="plans:write" type="submit" kind="primary" busy={create.isPending}>
              Create draft
            </PermittedButton>
          </div>
        </Form>
      </div>
    </>
  )
}
