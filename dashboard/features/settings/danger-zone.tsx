'use client'

import { Form, SelectField, secretOf, TextField } from '@/components/form'
import { Panel } from '@/components/panel'
import { PermittedButton } from '@/components/permitted'
import { useMembers } from '@/features/members/queries'
import { useOrganization } from '@/features/session/organization'
import { toast } from '@/lib/toasts'
import { useDeleteOrganization, useTransfer } from './queries'

/** Giving the organization away, and ending it: for owners. */
export function DangerZone() {
  const { may } = useOrganization()
  return (
    <>
      {may('members:read') && <Transfer />}
      <Delete />
    </>
  )
}

function useOwnersOnly(): string | null {
  const { role } = useOrganization()
  return role === 'OWNER' ? null : 'Only owners can do this.'
}

function Transfer() {
  const { session } = useOrganization()
  const members = useMembers()
  const transfer = useTransfer(() => toast({ text: 'The organization has another owner. You are an admin.' }))
  const unless = useOwnersOnly()
  const others = members.rows?.filter(({ userId }) => userId !== session.user.id) ?? []
  return (
    <Panel title="Transfer ownership">
      <Form
        error={transfer.error}
        key={String(transfer.isSuccess)}
        onSubmit={(typed, form) =>
          !transfer.isPending && transfer.mutate({ userId: typed('/userId'), password: secretOf(form, '/password') })
        }
      >
        <p className="text-text-2">That member becomes the owner, and you an admin, in one step.</p>
        <SelectField name="/userId" label="New owner">
          {others.map(({ userId, name, email }) => (
            <option key={userId} value={userId}>
              {name} ({email})
            </option>
          ))}
        </SelectField>
        <TextField name="/password" label="Your password" type="password" autoComplete="current-password" />
        <div className="flex justify-end">
          <PermittedButton
            scope="organization:read"
            unless={unless ?? (others.length === 0 ? 'You are the only member.' : null)}
            type="submit"
            kind="danger"
            busy={transfer.isPending}
          >
            Transfer ownership
          </PermittedButton>
        </div>
      </Form>
    </Panel>
  )
}

function Delete() {
  const { name } = useOrganization()
  const remove = useDeleteOrganization()
  const unless = useOwnersOnly()
  return (
    <Panel title="Delete organization">
      <Form
        error={remove.error}
        onSubmit={(typed, form) =>
          !remove.isPending && remove.mutate({ name: typed('/name'), password: secretOf(form, '/password') })
        }
      >
        <p className="text-text-2">
          API keys and webhook endpoints stop at once; the data goes after 30 days. This cannot be undone.
        </p>
        <TextField name="/name" label={`Type ${name} to go on`} autoComplete="off" />
        <TextField name="/password" label="Your password" type="password" autoComplete="current-password" />
        <div className="flex justify-end">
          <PermittedButton
            scope="organization:read"
            unless={unless}
            type="submit"
            kind="danger"
            busy={remove.isPending}
          >
            Delete organization
          </PermittedButton>
        </div>
      </Form>
    </Panel>
  )
}
