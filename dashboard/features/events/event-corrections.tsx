'use client'

import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { Badge } from '@/components/badge'
import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { Form, TextField } from '@/components/form'
import { Instant } from '@/components/instant'
import { PermittedButton } from '@/components/permitted'
import { useOrganization } from '@/features/session/organization'
import { answerOf } from '@/lib/api/problem'
import type { components } from '@/lib/api/schema'
import { useCommand } from '@/lib/command'
import { parseTyped } from '@/lib/decimal'
import type { Event } from './queries'

type Act = 'void' | 'amend'
/** A correction that was accepted: it is pending until the event shows it. */
type Sent = Pick<components['schemas']['CorrectionAnswer'], 'kind' | 'revision' | 'reason'>
type Correction = { act: Act; reason: string; amount?: string }

/** What was corrected so far, and the two ways to correct more. The original stays in any case. */
export function EventCorrections({ event }: { event: Event }) {
  const { zone } = useOrganization()
  const [act, setAct] = useState<Act | null>(null)
  const [sent, setSent] = useState<readonly Sent[]>([])
  const pending = sent.filter(({ revision }) => !event.corrections.some((one) => one.revision === revision))
  useCountedSoon(event.eventId, pending.length > 0)
  const over = event.status === 'counted' ? null : `This event is ${event.status}: it counts no more.`
  return (
    <section aria-label="Corrections" className="flex flex-col gap-3">
      <h3 className="font-semibold">Corrections</h3>
      {event.corrections.length + pending.length === 0 && (
        <p className="text-text-2">None. The event counts as it was sent.</p>
      )}
      <ul className="flex flex-col gap-1">
        {event.corrections.map(({ kind, revision, reason, at, offset }) => (
          <li key={revision} className="flex flex-wrap items-center gap-2">
            <Badge tone={kind === 'void' ? 'neutral' : 'info'}>{kind === 'void' ? 'Voided' : 'Amended'}</Badge>
            <Instant at={at} zone={zone} seconds />
            <span className="text-text-2">
              {reason} · offset <span className="numeral">{offset}</span>
            </span>
          </li>
        ))}
        {pending.map(({ kind, revision, reason }) => (
          <li key={revision} className="flex flex-wrap items-center gap-2">
            <Badge tone="progress">Correction pending</Badge>
            <span className="text-text-2">
              {kind === 'void' ? 'Void' : 'Amend'}: {reason}
            </span>
          </li>
        ))}
      </ul>
      <div className="flex gap-2">
        <PermittedButton scope="events:write" unless={over} onClick={() => setAct('amend')}>
          Amend event
        </PermittedButton>
        <PermittedButton scope="events:write" unless={over} onClick={() => setAct('void')}>
          Void event
        </PermittedButton>
      </div>
      {act && (
        <CorrectionDialog
          event={event}
          act={act}
          onClose={() => setAct(null)}
          onDone={(corrections) => {
            setSent(corrections)
            setAct(null)
          }}
        />
      )}
    </section>
  )
}

const ASKED_MAX = 60

/** Asks for the event again every second until what was sent is counted, for a minute at most. */
function useCountedSoon(eventId: string, waiting: boolean): void {
  const { id } = useOrganization()
  const queries = useQueryClient()
  useEffect(() => {
    if (!waiting) return
    let asked = 0
    const timer = setInterval(() => {
      asked += 1
      if (asked >= ASKED_MAX) clearInterval(timer)
      void queries.invalidateQueries({ queryKey: [id, 'events', 'one', eventId] })
    }, 1000)
    return () => clearInterval(timer)
  }, [queries, id, eventId, waiting])
}

type DialogProps = { event: Event; act: Act; onClose: () => void; onDone: (corrections: readonly Sent[]) => void }

function CorrectionDialog({ event, act, onClose, onDone }: DialogProps) {
  const { id, api } = useOrganization()
  const [wrongAmount, setWrongAmount] = useState<string>()
  const path = { eventId: event.eventId }
  const correct = useCommand(
    async ({ act: kind, reason, amount }: Correction, key) => {
      const headers = { 'Idempotency-Key': key }
      const call =
        kind === 'void'
          ? api.POST('/api/events/{eventId}/void', { params: { path }, body: { reason }, headers })
          : api.POST('/api/events/{eventId}/amend', { params: { path }, body: { reason, amount }, headers })
      return (await answerOf(call)).body
    },
    { invalidates: [[id, 'events']], onDone: ({ corrections }) => onDone(corrections) },
  )
  return (
    <Dialog open onClose={onClose} title={act === 'void' ? 'Void event' : 'Amend event'}>
      <Form
        error={correct.error}
        onSubmit={(typed) => {
          const amount = act === 'amend' ? parseTyped(typed('/amount')) : undefined
          setWrongAmount(amount === null ? 'Type a number such as 1,000.50.' : undefined)
          if (amount !== null && !correct.isPending) correct.mutate({ act, reason: typed('/reason'), amount })
        }}
      >
        <p>
          {act === 'void'
            ? 'The event counts no more, for ever. It stays listed, and its key stays used.'
            : 'The event counts with the new amount. The original stays in the log.'}{' '}
          A period that was invoiced already gets an adjustment on the next invoice.
        </p>
        {act === 'amend' && (
          <TextField
            name="/amount"
            label="Amount"
            inputMode="decimal"
            defaultValue={event.amount}
            error={wrongAmount}
          />
        )}
        <TextField name="/reason" label="Reason" required maxLength={500} help="It stands beside the correction." />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Keep event</Button>
          <Button type="submit" kind={act === 'void' ? 'danger' : 'primary'} busy={correct.isPending}>
            {act === 'void' ? 'Void event' : 'Amend event'}
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
