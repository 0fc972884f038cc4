'use client'

import { Button } from '@/components/button'
import { Form, TextField } from '@/components/form'
import { apiOf, rememberSession, type Session } from '@/lib/api/client'
import { answerOf } from '@/lib/api/problem'
import { useCommand } from '@/lib/command'

/** Who is signed in and a member of nothing, such as after the last organization was ended: founds another one, or leaves. */
export function NoOrganization({ session }: { session: Session }) {
  rememberSession(session)
  const create = useCommand(
    async (name: string, key) => {
      const headers = { 'Idempotency-Key': key }
      return (await answerOf(apiOf().POST('/api/organizations', { body: { name, mode: 'live' }, headers }))).body
    },
    { onDone: ({ id }) => window.location.assign(`/o/${id}/get-started`) },
  )
  const leave = useCommand(async (_: null) => (await answerOf(apiOf().POST('/api/auth/sign-out'))).body, {
    onDone: () => window.location.assign('/sign-in'),
  })
  return (
    <Form error={create.error ?? leave.error} onSubmit={(typed) => !create.isPending && create.mutate(typed('/name'))}>
      <p className="text-text-2">
        You are signed in as {session.user.email} and belong to no organization. Whoever invites you to theirs gives you
        a link.
      </p>
      <TextField name="/name" label="Organization" required maxLength={200} autoComplete="organization" />
      <Button type="submit" kind="primary" busy={create.isPending}>
        Create organization
      </Button>
      <Button busy={leave.isPending} onClick={() => leave.mutate(null)}>
        Sign out
      </Button>
    </Form>
  )
}
