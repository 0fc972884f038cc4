'use client'

import { useState } from 'react'
import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { Form, TextArea, TextField } from '@/components/form'
import { useOrganization } from '@/features/session/organization'
import { answerOf } from '@/lib/api/problem'
import { useCommand } from '@/lib/command'
import { parseTyped } from '@/lib/decimal'
import { goTo } from '@/lib/walk'
import { instantOfCivil } from '@/lib/zoned'
import { fixOf } from './rejection-sentences'

type Sent = {
  metric: string
  amount: string
  customerId: string
  idempotencyKey: string
  timestamp?: string
  properties?: Record<string, string | number | boolean | null>
}
type Wrong = { amount?: string; timestamp?: string; properties?: string }

/** The properties as typed; undefined where they are no JSON object. */
function readProperties(text: string): Sent['properties'] | undefined {
  if (text === '') return {}
  try {
    const read: unknown = JSON.parse(text)
    return typeof read === 'object' && read !== null && !Array.isArray(read) ? (read as Sent['properties']) : undefined
  } catch {
    return undefined
  }
}

/** The form of one event. Its drawer opens when the API has accepted it. */
export function SendEvent({ onClose }: { onClose: () => void }) {
  const { id, api, path, zone } = useOrganization()
  const [wrong, setWrong] = useState<Wrong>({})
  const [key] = useState(() => crypto.randomUUID())
  const send = useCommand(async (body: Sent) => (await answerOf(api.POST('/api/track', { body }))).body, {
    invalidates: [
      [id, 'events'],
      [id, 'rejected-events'],
    ],
    onDone: ({ eventId }) => {
      onClose()
      goTo(path(`/events/${eventId}`))
    },
  })
  const code = send.error?.code
  return (
    <Dialog open onClose={onClose} title="Send event">
      <Form
        error={send.error}
        sentences={code ? { [code]: `${send.error?.detail} ${fixOf(code)}` } : {}}
        onSubmit={(typed) => {
          const amount = parseTyped(typed('/amount'))
          const time = typed('/timestamp')
          const timestamp = time === '' ? undefined : instantOfCivil(time, zone)
          const properties = readProperties(typed('/properties'))
          setWrong({
            amount: amount === null ? 'Type a number such as 1,000.50.' : undefined,
            timestamp: timestamp === null ? 'Type a day and a time.' : undefined,
            properties: properties ? undefined : 'Type a JSON object such as {"model": "small"}.',
          })
          if (amount === null || timestamp === null || !properties || send.isPending) return
          const named = { metric: typed('/metric'), customerId: typed('/customerId') }
          send.mutate({ ...named, amount, timestamp, properties, idempotencyKey: typed('/idempotencyKey') })
        }}
      >
        <TextField
          name="/metric"
          label="Metric"
          required
          className="code"
          help="The name that events are sent under."
        />
        <TextField name="/customerId" label="Customer id" required className="code" />
        <TextField name="/amount" label="Amount" inputMode="decimal" defaultValue="1" error={wrong.amount} />
        <TextField
          name="/timestamp"
          label={`Time (${zone})`}
          type="datetime-local"
          optional
          error={wrong.timestamp}
          help="Now, when it is left empty."
        />
        <TextArea
          name="/properties"
          label="Properties"
          optional
          className="code"
          spellCheck={false}
          placeholder="{}"
          error={wrong.properties}
        />
        <TextField
          name="/idempotencyKey"
          label="Idempotency key"
          className="code"
          defaultValue={key}
          help="An event counts once under its key, however often it is sent."
        />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Leave it</Button>
          <Button type="submit" kind="primary" busy={send.isPending}>
            Send event
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
