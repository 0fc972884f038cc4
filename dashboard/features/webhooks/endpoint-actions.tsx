'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { Button } from '@/components/button'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { Dialog } from '@/components/dialog'
import { Form, SelectField } from '@/components/form'
import { PermittedButton } from '@/components/permitted'
import { useOrganization } from '@/features/session/organization'
import { toast } from '@/lib/toasts'
import { useDeleteEndpoint, useDisableEndpoint, useEnableEndpoint } from './commands'
import { EndpointForm } from './endpoint-form'
import { hostOf } from './facts'
import type { Endpoint } from './queries'
import { ReplayDialog } from './replay-dialog'

type Act = 'edit' | 'delete' | 'enable' | 'replay'

/** What can be done to an endpoint. */
export function EndpointActions({ endpoint }: { endpoint: Endpoint }) {
  const [act, setAct] = useState<Act | null>(null)
  const enable = useEnableEndpoint(() => toast({ text: `${hostOf(endpoint.url)} is enabled again.` }))
  const disable = useDisableEndpoint(endpoint, (disabled) =>
    toast({
      text: `${hostOf(endpoint.url)} is disabled.`,
      undo: () => enable.mutate({ endpoint: disabled, parked: 'send' }),
    }),
  )
  const close = () => setAct(null)
  const off = endpoint.status === 'disabled'
  return (
    <>
      {(disable.error || enable.error) && (
        <span role="alert" className="text-danger">
          {disable.error?.detail ?? enable.error?.detail}
        </span>
      )}
      <PermittedButton
        scope="webhooks:write"
        unless={off ? 'A disabled endpoint is sent nothing. Enable it first.' : null}
        onClick={() => setAct('replay')}
      >
        Replay many
      </PermittedButton>
      <PermittedButton scope="webhooks:write" onClick={() => setAct('edit')}>
        Edit
      </PermittedButton>
      {off ? (
        <PermittedButton scope="webhooks:write" kind="primary" onClick={() => setAct('enable')}>
          Enable
        </PermittedButton>
      ) : (
        <PermittedButton scope="webhooks:write" busy={disable.isPending} onClick={() => disable.mutate(undefined)}>
          Disable
        </PermittedButton>
      )}
      <PermittedButton scope="webhooks:write" onClick={() => setAct('delete')}>
        Delete
      </PermittedButton>
      {act === 'replay' && <ReplayDialog endpointId={endpoint.id} onClose={close} />}
      {act === 'enable' && <Enable endpoint={endpoint} onClose={close} />}
      {act === 'delete' && <Delete endpoint={endpoint} onClose={close} />}
      <Dialog open={act === 'edit'} onClose={close} title="Edit endpoint">
        <EndpointForm endpoint={endpoint} onDone={close} />
      </Dialog>
    </>
  )
}

function Enable({ endpoint, onClose }: { endpoint: Endpoint; onClose: () => void }) {
  const enable = useEnableEndpoint(onClose)
  const { parked } = endpoint.health
  return (
    <Dialog open onClose={onClose} title="Enable endpoint">
      <Form
        error={enable.error}
        onSubmit={(typed) => {
          const discards = typed('/parked') === 'discard'
          if (!enable.isPending) enable.mutate({ endpoint, parked: discards ? 'discard' : 'send' })
        }}
      >
        {parked > 0 ? (
          <SelectField name="/parked" label={`${parked} parked dispatch${parked === 1 ? '' : 'es'}`}>
            <option value="send">Send now</option>
            <option value="discard">Discard</option>
          </SelectField>
        ) : (
          <p>Nothing is parked. What happens from now on is sent.</p>
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={enable.isPending}>
            Enable endpoint
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}

function Delete({ endpoint, onClose }: { endpoint: Endpoint; onClose: () => void }) {
  const { path } = useOrganization()
  const router = useRouter()
  const remove = useDeleteEndpoint(endpoint, () => router.push(path('/webhooks')))
  return (
    <ConfirmDialog
      title="Delete this endpoint?"
      verb="Delete endpoint"
      safe="Keep it"
      typed={hostOf(endpoint.url)}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(undefined)}
      onClose={onClose}
    >
      Nothing is sent to {endpoint.url} any more, and what is parked is not sent either. Its log stays readable. This
      cannot be undone.
    </ConfirmDialog>
  )
}
