import type { Metadata } from 'next'
import { AuthFrame } from '@/features/session/auth-frame'
import { SignInForm } from '@/features/session/sign-in-form'

export const metadata: Metadata = { title: 'Sign in' }

export default async function SignInPage({ searchParams }: { searchParams: Promise<{ next?: string }> }) {
  const { next } = await searchParams
  return (
    <AuthFrame title="Sign in">
      <SignInForm next={typeof next === 'string' ? next : null} />
    </AuthFrame>
  )
}
