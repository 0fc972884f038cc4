'use client'

import Link from 'next/link'
import { useState } from 'react'
import { Badge } from '@/components/badge'
import { Button } from '@/components/button'
import { CodeBlock } from '@/components/code-block'
import { Id } from '@/components/copy'
import { Form, TextArea } from '@/components/form'
import { Instant } from '@/components/instant'
import { Facts } from '@/components/panel'
import { PermittedButton } from '@/components/permitted'
import { ProblemPanel } from '@/components/problem-panel'
import { Skeleton } from '@/components/skeleton'
import { useOrganization } from '@/features/session/organization'
import { answerOf } from '@/lib/api/problem'
import { useCommand } from '@/lib/command'
import { type RejectedEvent, useRejectedEvent } from './queries'
import { fixOf } from './rejection-sentences'

export function RejectedDetail({ rejectedEventId }: { rejectedEventId: string }) {
  const { zone } = useOrganization()
  const rejected = useRejectedEvent(rejectedEventId)
  const [editing, setEditing] = useState(false)
  if (rejected.error) {
    return <ProblemPanel what="The event" error={rejected.error} onRetry={() => void rejected.refetch()} />
  }
  if (!rejected.data) return <Skeleton rows={6} label="Asking for the event" />
  const { code, detail, body, receivedAt, idempotencyKey, requestId, apiKeyId } = rejected.data
  return (
    <div className="flex flex-col gap-4">
      <p>
        <Badge tone="danger">{code}</Badge>
      </p>
      <p>
        {detail} <strong className="font-medium">{fixOf(code)}</strong>
      </p>
      <Facts
        facts={[
          ['Received', <Instant key="r" at={receivedAt} zone={zone} seconds />],
          ['Key', idempotencyKey ? <Id key="k" id={idempotencyKey} what="idempotency key" whole /> : '–'],
          ['API key', apiKeyId ? <Id key="a" id={apiKeyId} /> : '–'],
          ['Request', requestId ? <Id key="q" id={requestId} what="request id" /> : '–'],
        ]}
      />
      {editing ? (
        <Resend rejected={rejected.data} onCancel={() => setEditing(false)} />
      ) : (
        <>
          <CodeBlock code={formatted(body)} copied={body} what="the event as it was sent" />
          <PermittedButton scope="track:write" onClick={() => setEditing(true)}>
            Edit and resend
          </PermittedButton>
        </>
      )}
    </div>
  )
}

/** Indented for the eye; as it is, where it is no JSON. */
function formatted(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body
  }
}

/** A refused event used its key for nothing: the corrected one goes out under the same key. */
function Resend({ rejected, onCancel }: { rejected: RejectedEvent; onCancel: () => void }) {
  const { id, api, path } = useOrganization()
  const resend = useCommand(
    async (text: string) => {
      const headers = rejected.idempotencyKey ? { 'Idempotency-Key': rejected.idempotencyKey } : {}
      // The text goes out as it was typed, so that no number is read and written again on its way.
      const call = api.POST('/api/track', {
        body: text as never,
        bodySerializer: (body: unknown) => String(body),
        headers,
      })
      return (await answerOf(call)).body
    },
    {
      invalidates: [
        [id, 'events'],
        [id, 'rejected-events'],
      ],
    },
  )
  if (resend.data) {
    return (
      <p role="status">
        Accepted.{' '}
        <Link className="link" href={path(`/events/${resend.data.eventId}`)}>
          See the event
        </Link>
      </p>
    )
  }
  return (
    <Form error={resend.error} onSubmit={(typed) => !resend.isPending && resend.mutate(typed('body'))}>
      <TextArea
        name="body"
        label="Event"
        rows={12}
        className="code"
        defaultValue={formatted(rejected.body)}
        spellCheck={false}
      />
      <div className="flex justify-end gap-2">
        <Button onClick={onCancel}>Leave it</Button>
        <Button type="submit" kind="primary" busy={resend.isPending}>
          Send event
        </Button>
      </div>
    </Form>
  )
}
