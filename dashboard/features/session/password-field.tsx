'use client'

import { useState } from 'react'
import { TextField } from '@/components/form'

const LEAST = 12

function strengthOf(password: string): string {
  if (password.length === 0) return `${LEAST} characters or more. A few unrelated words are easy to keep in mind.`
  if (password.length < LEAST) return `${LEAST - password.length} more characters.`
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(password)).length
  if (new Set(password).size < 6) return 'Weak: too few different characters.'
  return password.length >= 20 || kinds >= 3 ? 'Strong.' : 'Fair. Longer is better.'
}

/** A new password, with its strength in words; the API has the last word. */
export function NewPasswordField({ error }: { error?: string }) {
  const [password, setPassword] = useState('')
  return (
    <TextField
      name="/password"
      label="Password"
      type="password"
      autoComplete="new-password"
      required
      minLength={LEAST}
      maxLength={128}
      error={error}
      help={<span aria-live="polite">{strengthOf(password)}</span>}
      onChange={(event) => setPassword(event.target.value)}
    />
  )
}
