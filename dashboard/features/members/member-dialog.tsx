'use client'

import { useState } from 'react'
import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { Form, SelectField, TextField } from '@/components/form'
import { PermittedButton } from '@/components/permitted'
import { CALLED, type Role } from '@/lib/permissions'
import { toast } from '@/lib/toasts'
import { type Member, useChangeRole, useRemove } from './queries'

const ROLES: readonly Role[] = ['OWNER', 'ADMIN', 'DEVELOPER', 'VIEWER']

/** Another role, or none any more: the latter by typing the address, since it cannot be undone. */
export function MemberDialog({ member, onClose }: { member: Member; onClose: () => void }) {
  const change = useChangeRole((changed) => {
    const again = changed.role === member.role
    const back = { member: { ...member, version: changed.version }, role: member.role }
    toast({
      text: `${member.name} is ${again ? 'again ' : ''}${CALLED[changed.role]}.`,
      undo: again ? undefined : () => change.mutate(back),
    })
    onClose()
  })
  const remove = useRemove(onClose)
  const [typed, setTyped] = useState('')
  const named = member.email ?? member.name
  return (
    <Dialog title={member.name} open onClose={onClose}>
      <div className="flex flex-col gap-6">
        <Form
          error={change.error}
          sentences={{ last_owner: 'The last owner stays an owner. Make somebody else an owner first.' }}
          onSubmit={(value) => {
            if (!change.isPending) change.mutate({ member, role: value('/role') as Role })
          }}
        >
          <SelectField name="/role" label="Role" defaultValue={member.role} help="It holds everywhere within a second.">
            {ROLES.map((role) => (
              <option key={role} value={role}>
                {role.toLowerCase()}
              </option>
            ))}
          </SelectField>
          <div>
            <PermittedButton scope="members:write" type="submit" kind="primary" busy={change.isPending}>
              Change role
            </PermittedButton>
          </div>
        </Form>
        <Form
          error={remove.error}
          onSubmit={() => !remove.isPending && typed === named && remove.mutate(member.userId)}
        >
          <TextField
            name="confirmed"
            label={`Type ${named} to remove`}
            help="Their sessions end at once, and their API keys pass to you."
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            autoComplete="off"
          />
          <div className="flex gap-2">
            <PermittedButton
              scope="members:write"
              type="submit"
              kind="danger"
              busy={remove.isPending}
              unless={typed === named ? null : 'Type the address first.'}
            >
              Remove member
            </PermittedButton>
            <Button onClick={onClose}>Keep</Button>
          </div>
        </Form>
      </div>
    </Dialog>
  )
}
