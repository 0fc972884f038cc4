'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useEffect, useState } from 'react'
import { Button, buttonLooks } from '@/components/button'
import { Form, TextField } from '@/components/form'
import { Facts } from '@/components/panel'
import { Skeleton } from '@/components/skeleton'
import { apiOf, rememberSession, type Session } from '@/lib/api/client'
import { answerOf, problemOf } from '@/lib/api/problem'
import { useCommand } from '@/lib/command'
import { formatInstant } from '@/lib/time'
import { NewPasswordField } from './password-field'

type Acceptance = { token: string; name?: string; password?: string }

/** The token stands in the fragment of the link, which reaches no server and no log. */
function useToken(): string | null {
  const [token, setToken] = useState<string | null>(null)
  useEffect(() => {
    const read = () => setToken(decodeURIComponent(window.location.hash.slice(1)).replace(/^token=/, ''))
    read()
    window.addEventListener('hashchange', read)
    return () => window.removeEventListener('hashchange', read)
  }, [])
  return token
}

export function AcceptInvitation({ session }: { session: Session | null }) {
  const token = useToken()
  const offered = useQuery({
    queryKey: ['invitation', token],
    enabled: Boolean(token),
    retry: false,
    queryFn: async () =>
      (await answerOf(apiOf().POST('/api/auth/invitations/lookup', { body: { token: token ?? '' } }))).body,
  })
  const accept = useCommand(
    async (acceptance: Acceptance) => {
      if (session) rememberSession(session)
      return (await answerOf(apiOf().POST('/api/auth/invitations/accept', { body: acceptance }))).body
    },
    { onDone: () => window.location.assign('/') },
  )
  if (token === '') return <p>This link is not whole. Ask whoever invites you for it again.</p>
  if (offered.error) return <Gone error={offered.error} />
  if (!offered.data || !token) return <Skeleton rows={4} />
  const { organizationName, email, role, expiresAt } = offered.data
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const other = session && session.user.email !== email
  return (
    <div className="flex flex-col gap-6">
      <Facts
        facts={[
          ['Organization', organizationName],
          ['Role', role.toLowerCase()],
          ['For', email],
          ['Until', formatInstant(expiresAt, zone)],
        ]}
      />
      {other ? (
        <p>
          You are signed in as {session.user.email}, and this invitation is for {email}.{' '}
          <SignInLink>Sign in with that address</SignInLink>
        </p>
      ) : (
        <Form
          error={accept.error}
          sentences={{ sign_in_required: <SignInLink>{`${email} has an account. Sign in, then accept`}</SignInLink> }}
          onSubmit={(typed, form) => {
            if (accept.isPending) return
            accept.mutate(
              session ? { token } : { token, name: typed('/name'), password: String(form.get('/password') ?? '') },
            )
          }}
        >
          {!session && (
            <>
              <TextField name="/name" label="Your name" autoComplete="name" required />
              <NewPasswordField error={accept.error?.code === 'password_too_weak' ? accept.error.detail : undefined} />
            </>
          )}
          <Button type="submit" kind="primary" busy={accept.isPending || accept.isSuccess}>
            Accept invitation
          </Button>
          {!session && <SignInLink>You have an account? Sign in first</SignInLink>}
        </Form>
      )}
    </div>
  )
}

/** The fragment does not survive as part of `next`, unless it is encoded into it. */
function SignInLink({ children }: { children: string }) {
  const go = () => {
    const { pathname, hash } = window.location
    window.location.assign(`/sign-in?next=${encodeURIComponent(pathname + hash)}`)
  }
  return (
    <button type="button" onClick={go} className="link text-left underline">
      {children}
    </button>
  )
}

function Gone({ error }: { error: unknown }) {
  const problem = problemOf(error)
  return (
    <div role="alert" className="flex flex-col items-start gap-3">
      <p>
        {problem.code === 'invitation_gone'
          ? 'This invitation was used, withdrawn, or has expired. Ask whoever invited you for a new link.'
          : problem.detail}
      </p>
      <Link href="/sign-in" className={buttonLooks()}>
        Sign in
      </Link>
    </div>
  )
}
