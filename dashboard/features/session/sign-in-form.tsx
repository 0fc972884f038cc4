'use client'

import Link from 'next/link'
import { useEffect, useState } from 'react'
import { Button } from '@/components/button'
import { Form, TextField } from '@/components/form'
import { apiOf } from '@/lib/api/client'
import { answerOf, problemOf } from '@/lib/api/problem'
import { useCommand } from '@/lib/command'
import { pageAfter } from '@/lib/next-page'

type Pair = { email: string; password: string }

/** Seconds until another attempt is welcome, counted down. */
export function useCountdown(error: unknown): number {
  const [seconds, setSeconds] = useState(0)
  useEffect(() => {
    if (!error) return
    setSeconds(problemOf(error).retryAfterSeconds ?? 0)
    const timer = setInterval(() => setSeconds((left) => Math.max(0, left - 1)), 1000)
    return () => clearInterval(timer)
  }, [error])
  return seconds
}

export function SignInForm({ next }: { next: string | null }) {
  const signIn = useCommand(
    async (pair: Pair) => (await answerOf(apiOf().POST('/api/auth/sign-in', { body: pair }))).body,
    { onDone: () => window.location.assign(pageAfter(next)) },
  )
  const wait = useCountdown(signIn.error)
  return (
    <Form
      error={signIn.error}
      sentences={{
        invalid_credentials: 'This address and password do not belong together.',
        rate_limited: wait > 0 ? `Too many attempts. Try again in ${wait} s.` : 'Try again now.',
      }}
      onSubmit={(typed, form) => {
        if (!signIn.isPending) signIn.mutate({ email: typed('/email'), password: String(form.get('/password') ?? '') })
      }}
    >
      <TextField name="/email" label="Email" type="email" autoComplete="username" required autoFocus />
      <TextField name="/password" label="Password" type="password" autoComplete="current-password" required />
      <Button type="submit" kind="primary" busy={signIn.isPending || signIn.isSuccess}>
        Sign in
      </Button>
      <p className="text-text-2">
        New here?{' '}
        <Link href="/sign-up" className="link">
          Create an organization
        </Link>
      </p>
    </Form>
  )
}
