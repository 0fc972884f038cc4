'use client'

import Link from 'next/link'
import { useEffect, useState } from 'react'
import { Form, TextField } from '@/components/form'
import { PageHead } from '@/components/page-head'
import { PermittedButton } from '@/components/permitted'
import { useApiKeys, useCreateApiKey } from '@/features/api-keys/queries'
import { useCreateMetric, useMetrics } from '@/features/metrics/queries'
import { useOrganization } from '@/features/session/organization'
import { useOne } from '@/lib/poll'
import { SendStep } from './send-step'
import { Step } from './step'

/** Five steps from nothing to a first invoice; each ticks itself from what is really there. */
export function GetStarted({ openedAt }: { openedAt: string }) {
  const { path, api, id, zone, facts } = useOrganization()
  const metrics = useMetrics({}, 1)
  const keys = useApiKeys()
  const [secret, setSecret] = useState<string | null>(null)
  const events = useOne([id, 'events', 'any'], () => api.GET('/api/events', { params: { query: { limit: 1 } } }), {
    interval: 5000,
  })
  const plans = useOne([id, 'plans', 'any'], () =>
    api.GET('/api/plans', { params: { query: { status: 'active', limit: 1 } } }),
  )
  const subscriptions = useOne([id, 'subscriptions', 'any'], () =>
    api.GET('/api/subscriptions', { params: { query: { limit: 1 } } }),
  )
  const metric = metrics.rows?.at(-1)
  const plan = plans.data?.data[0]
  const subscription = subscriptions.data?.data[0]
  const hasKey = Boolean(secret) || (keys.rows?.length ?? 0) > 0
  const hasEvent = (events.data?.data.length ?? 0) > 0
  const done = [Boolean(metric), hasKey, hasEvent, Boolean(plan), Boolean(subscription)].filter(Boolean).length
  // The command stays while its page is open: one who has just sent an event wants to see it arrive.
  const [sending, setSending] = useState(false)
  useEffect(() => {
    if (metric && secret) setSending(true)
  }, [metric, secret])
  return (
    <>
      <PageHead title="Get started" badge={<span className="numeral text-text-2">{done} of 5</span>} />
      <div className="flex max-w-[760px] flex-col gap-4 py-6">
        <p className="text-text-2">
          Times in {zone}, amounts in {facts.defaultCurrency}.
        </p>
        <ol className="flex flex-col gap-4">
          <Step
            title="Create a metric"
            done={Boolean(metric)}
            summary={
              metric && (
                <Link className="link code" href={path(`/metrics/${metric.id}`)}>
                  {metric.code}
                </Link>
              )
            }
          >
            {metrics.rows && !metric && <FirstMetric />}
          </Step>
          <Step
            title="Create an API key"
            done={hasKey}
            summary={
              <Link className="link" href={path('/api-keys')}>
                See the keys
              </Link>
            }
          >
            {!secret && <FirstKey again={hasKey} onDone={setSecret} />}
          </Step>
          <Step
            title="Send the first event"
            done={hasEvent}
            summary={
              <Link className="link" href={path('/events')}>
                See the events
              </Link>
            }
          >
            {metric && (hasKey || sending) && (!hasEvent || sending) && (
              <SendStep metric={metric.eventName} secret={secret} since={openedAt} />
            )}
          </Step>
          <Step title="Publish a plan" done={Boolean(plan)} summary={plan?.name}>
            {!plan && (
              <p className="text-text-2">A plan says what your usage costs: a base price and charges by metric.</p>
            )}
          </Step>
          <Step title="Subscribe a customer" done={Boolean(subscription)} summary={subscription?.customerId}>
            {!subscription && <p className="text-text-2">The first invoice follows when the first period has ended.</p>}
          </Step>
        </ol>
      </div>
    </>
  )
}

function FirstMetric() {
  const create = useCreateMetric()
  return (
    <Form
      error={create.error}
      onSubmit={(typed) => {
        if (!create.isPending) create.mutate({ code: typed('/code'), name: typed('/name'), aggregation: 'SUM' })
      }}
    >
      <TextField
        name="/code"
        label="Code"
        defaultValue="API_CALL"
        className="code"
        help="What your events carry in `metric`. It cannot be changed later."
        required
      />
      <TextField name="/name" label="Name" defaultValue="API calls" help="What customers read on invoices." required />
      <div>
        <PermittedButton scope="metrics:write" type="submit" kind="primary" busy={create.isPending}>
          Create metric
        </PermittedButton>
      </div>
    </Form>
  )
}

function FirstKey({ again, onDone }: { again: boolean; onDone: (secret: string) => void }) {
  const create = useCreateApiKey(({ secret }) => onDone(secret))
  return (
    <Form
      error={create.error}
      onSubmit={() => {
        if (!create.isPending) create.mutate({ name: 'First ingest key', scopes: ['track:write'] })
      }}
    >
      <div className="flex flex-wrap items-center gap-3">
        <PermittedButton scope="keys:write" type="submit" kind={again ? 'plain' : 'primary'} busy={create.isPending}>
          {again ? 'Make another ingest key' : 'Create ingest key'}
        </PermittedButton>
        <span className="text-text-2">It can send events and nothing else.</span>
      </div>
    </Form>
  )
}
