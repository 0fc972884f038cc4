import type { Metadata } from 'next'
import { AuthFrame } from '@/features/session/auth-frame'
import { SignUpForm } from '@/features/session/sign-up-form'

export const metadata: Metadata = { title: 'Create an organization' }

export default function SignUpPage() {
  return (
    <AuthFrame title="Create an organization">
      <SignUpForm />
    </AuthFrame>
  )
}
