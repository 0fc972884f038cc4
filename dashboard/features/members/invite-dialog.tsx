'use client'

import { useState } from 'react'
import { CodeBlock } from '@/components/code-block'
import { Dialog } from '@/components/dialog'
import { Form, SelectField, TextField } from '@/components/form'
import { PermittedButton } from '@/components/permitted'
import type { Role } from '@/lib/permissions'
import { useInvite } from './queries'

const ROLES: readonly Role[] = ['ADMIN', 'DEVELOPER', 'VIEWER', 'OWNER']

/** The product sends no mail: whoever invites passes the link on. It is shown once. */
export function InviteDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [link, setLink] = useState<string | null>(null)
  const invite = useInvite(({ acceptUrl }) => setLink(acceptUrl))
  const close = () => {
    setLink(null)
    invite.reset()
    onClose()
  }
  return (
    <Dialog title="Invite a member" open={open} onClose={close}>
      {link ? (
        <div className="flex flex-col gap-3">
          <p>Pass this link on. It is shown this once.</p>
          <CodeBlock code={link} what="invitation link" />
        </div>
      ) : (
        <Form
          error={invite.error}
          onSubmit={(typed) => {
            if (!invite.isPending) invite.mutate({ email: typed('/email'), role: typed('/role') as Role })
          }}
        >
          <TextField name="/email" label="Email" type="email" required />
          <SelectField name="/role" label="Role" defaultValue="DEVELOPER" help="Nobody grants a role above their own.">
            {ROLES.map((role) => (
              <option key={role} value={role}>
                {role.toLowerCase()}
              </option>
            ))}
          </SelectField>
          <div>
            <PermittedButton scope="members:write" type="submit" kind="primary" busy={invite.isPending}>
              Create invitation
            </PermittedButton>
          </div>
        </Form>
      )}
    </Dialog>
  )
}
