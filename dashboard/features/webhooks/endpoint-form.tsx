'use client'

import { useState } from 'react'
import { Button } from '@/components/button'
import { Form, TextArea, TextField } from '@/components/form'
import { useChangeEndpoint, useCreateEndpoint } from './commands'
import { EventTypeChoice } from './event-type-choice'
import { readHeaders } from './facts'
import type { Endpoint } from './queries'

const REFUSED = {
  url_not_allowed:
    'Webhooks may not go there. They need https and a public address; whoever runs UsageFlow opens a network, also to http, by USAGEFLOW_WEBHOOK_ALLOWED_NETWORKS.',
}
const count = (text: string) => (text === '' ? null : Number.parseInt(text, 10))

/** Creates an endpoint; `onDone` gets it with its secret. */
export function EndpointForm({ endpoint, onDone }: { endpoint?: Endpoint; onDone: (endpoint: Endpoint) => void }) {
  return endpoint ? <Change endpoint={endpoint} onDone={() => onDone(endpoint)} /> : <Create onDone={onDone} />
}

type Values = Parameters<ReturnType<typeof useCreateEndpoint>['mutate']>[0]

function Create({ onDone }: { onDone: (endpoint: Endpoint) => void }) {
  const create = useCreateEndpoint(onDone)
  return <Fields verb="Add endpoint" busy={create.isPending} error={create.error} onSubmit={create.mutate} />
}

function Change({ endpoint, onDone }: { endpoint: Endpoint; onDone: () => void }) {
  const change = useChangeEndpoint(endpoint, onDone)
  const submit = ({ headers, ...values }: Values) => {
    // The values of headers are never shown again: nothing typed leaves them as they are.
    change.mutate({ ...values, ...(headers && { headers }) })
  }
  return (
    <Fields endpoint={endpoint} verb="Save endpoint" busy={change.isPending} error={change.error} onSubmit={submit} />
  )
}

type FieldsProps = {
  endpoint?: Endpoint
  verb: string
  busy: boolean
  error: unknown
  onSubmit: (values: Values) => void
}

function Fields({ endpoint, verb, busy, error, onSubmit }: FieldsProps) {
  const [types, setTypes] = useState<readonly string[]>(endpoint?.eventTypes ?? ['*'])
  const [wrongHeaders, setWrongHeaders] = useState<string>()
  const kept = Object.keys(endpoint?.headers ?? {})
  return (
    <Form
      error={error}
      sentences={REFUSED}
      onSubmit={(typed) => {
        const { headers, wrong } = readHeaders(typed('/headers'))
        setWrongHeaders(wrong[0] && `“${wrong[0]}” is not a line “Name: value”.`)
        if (wrong[0] || busy) return
        onSubmit({
          url: typed('/url'),
          eventTypes: [...types],
          description: typed('/description') || null,
          headers: Object.keys(headers).length > 0 ? headers : null,
          ratePerSecond: count(typed('/ratePerSecond')),
          concurrency: count(typed('/concurrency')),
        })
      }}
    >
      <TextField
        name="/url"
        label="URL"
        type="url"
        required
        className="code"
        defaultValue={endpoint?.url}
        placeholder="https://example.com/hooks"
      />
      <EventTypeChoice chosen={types} onChange={setTypes} />
      <TextField name="/description" label="Description" optional defaultValue={endpoint?.description ?? ''} />
      <TextArea
        name="/headers"
        label="Headers"
        optional
        className="code"
        placeholder="X-Tenant: acme"
        error={wrongHeaders}
        help={
          kept.length > 0
            ? `Set: ${kept.join(', ')}. Their values are not shown; what is typed here replaces all of them.`
            : 'One a line, sent with every request. Their values are not shown again.'
        }
      />
      <div className="grid grid-cols-2 gap-4">
        <TextField
          name="/ratePerSecond"
          label="Requests a second"
          optional
          inputMode="numeric"
          defaultValue={endpoint?.ratePerSecond ?? ''}
          help="At most; empty: no limit."
        />
        <TextField
          name="/concurrency"
          label="At the same time"
          optional
          inputMode="numeric"
          defaultValue={endpoint?.concurrency ?? ''}
          help="At most; empty: the default."
        />
      </div>
      <div className="flex justify-end">
        <Button type="submit" kind="primary" busy={busy}>
          {verb}
        </Button>
      </div>
    </Form>
  )
}
