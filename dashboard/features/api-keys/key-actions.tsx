'use client'

import { useState } from 'react'
import { Button } from '@/components/button'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { Dialog } from '@/components/dialog'
import { Form, SelectField } from '@/components/form'
import { PermittedButton } from '@/components/permitted'
import { useOrganization } from '@/features/session/organization'
import { answerOf } from '@/lib/api/problem'
import { useCommand } from '@/lib/command'
import type { ApiKey, NewApiKey } from './queries'

const DAY = 86_400_000

export function KeyActions({ apiKey, onNew }: { apiKey: ApiKey; onNew: (key: NewApiKey) => void }) {
  const [act, setAct] = useState<'reroll' | 'revoke' | null>(null)
  if (apiKey.status !== 'active') return <span className="text-text-3">–</span>
  return (
    <span className="inline-flex gap-1">
      <PermittedButton scope="keys:write" kind="quiet" onClick={() => setAct('reroll')}>
        Re-roll
      </PermittedButton>
      <PermittedButton scope="keys:write" kind="quiet" onClick={() => setAct('revoke')}>
        Revoke
      </PermittedButton>
      {act === 'reroll' && <Reroll apiKey={apiKey} onNew={onNew} onClose={() => setAct(null)} />}
      {act === 'revoke' && <Revoke apiKey={apiKey} onClose={() => setAct(null)} />}
    </span>
  )
}

function Reroll({ apiKey, onNew, onClose }: { apiKey: ApiKey; onNew: (key: NewApiKey) => void; onClose: () => void }) {
  const { id, api } = useOrganization()
  const reroll = useCommand(
    async (overlapHours: number, key) => {
      const params = { path: { keyId: apiKey.id } }
      const headers = { 'Idempotency-Key': key }
      return (await answerOf(api.POST('/api/api-keys/{keyId}/reroll', { params, body: { overlapHours }, headers })))
        .body
    },
    {
      invalidates: [[id, 'api-keys']],
      onDone: (key) => {
        onClose()
        onNew(key)
      },
    },
  )
  return (
    <Dialog open onClose={onClose} title={`Re-roll “${apiKey.name}”`}>
      <Form
        error={reroll.error}
        onSubmit={(typed) => !reroll.isPending && reroll.mutate(Number.parseInt(typed('/overlapHours'), 10))}
      >
        <p>A new key with the same name, scopes and expiry. The old one works on for the overlap.</p>
        <SelectField name="/overlapHours" label="Overlap" defaultValue="24">
          <option value="0">none: the old one ends now</option>
          <option value="1">1 hour</option>
          <option value="24">24 hours</option>
          <option value="168">7 days</option>
        </SelectField>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Keep key</Button>
          <Button type="submit" kind="primary" busy={reroll.isPending}>
            Re-roll key
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}

function Revoke({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const { id, api } = useOrganization()
  const revoke = useCommand(
    async (_: null, key) => {
      const params = { path: { keyId: apiKey.id } }
      await answerOf(api.DELETE('/api/api-keys/{keyId}', { params, headers: { 'Idempotency-Key': key } }))
    },
    { invalidates: [[id, 'api-keys']], onDone: onClose },
  )
  const used = apiKey.lastUsedAt !== null && Date.now() - Date.parse(apiKey.lastUsedAt) < DAY
  return (
    <ConfirmDialog
      title={`Revoke “${apiKey.name}”`}
      verb="Revoke key"
      safe="Keep key"
      typed={used ? apiKey.name : undefined}
      busy={revoke.isPending}
      error={revoke.error}
      onConfirm={() => revoke.mutate(null)}
      onClose={onClose}
    >
      It is refused everywhere within 1 second. This cannot be undone.
      {used && ' It was used within the last 24 hours.'}
    </ConfirmDialog>
  )
}
