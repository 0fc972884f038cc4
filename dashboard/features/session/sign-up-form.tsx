'use client'

import Link from 'next/link'
import { Button } from '@/components/button'
import { Form, TextField } from '@/components/form'
import { apiOf } from '@/lib/api/client'
import { answerOf } from '@/lib/api/problem'
import { useCommand } from '@/lib/command'
import { NewPasswordField } from './password-field'
import { useCountdown } from './sign-in-form'

type NewUser = { name: string; email: string; password: string; organizationName: string }

export function SignUpForm() {
  const signUp = useCommand(
    async (user: NewUser) => (await answerOf(apiOf().POST('/api/auth/sign-up', { body: user }))).body,
    { onDone: ({ organizations }) => window.location.assign(`/o/${organizations[0]?.id ?? ''}/get-started`) },
  )
  const wait = useCountdown(signUp.error)
  return (
    <Form
      error={signUp.error}
      sentences={{
        sign_up_closed:
          'Sign-up is closed in this installation. Ask an owner or admin of your organization to invite you.',
        already_exists: (
          <>
            This address has an account.{' '}
            <Link href="/sign-in" className="underline">
              Sign in
            </Link>
          </>
        ),
        rate_limited: wait > 0 ? `Too many attempts. Try again in ${wait} s.` : 'Try again now.',
      }}
      onSubmit={(typed, form) => {
        if (signUp.isPending) return
        signUp.mutate({
          name: typed('/name'),
          email: typed('/email'),
          password: String(form.get('/password') ?? ''),
          organizationName: typed('/organizationName'),
        })
      }}
    >
      <TextField name="/name" label="Your name" autoComplete="name" required autoFocus />
      <TextField name="/email" label="Email" type="email" autoComplete="username" required />
      <NewPasswordField error={signUp.error?.code === 'password_too_weak' ? signUp.error.detail : undefined} />
      <TextField name="/organizationName" label="Organization" autoComplete="organization" required />
      <Button type="submit" kind="primary" busy={signUp.isPending || signUp.isSuccess}>
        Create organization
      </Button>
      <p className="text-text-2">
        You have an account?{' '}
        <Link href="/sign-in" className="link">
          Sign in
        </Link>
      </p>
    </Form>
  )
}
