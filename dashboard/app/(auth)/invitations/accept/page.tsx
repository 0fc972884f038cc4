import type { Metadata } from 'next'
import { AcceptInvitation } from '@/features/session/accept-invitation'
import { AuthFrame } from '@/features/session/auth-frame'
import { readSession } from '@/lib/api/server'

export const metadata: Metadata = { title: 'Invitation' }

export default async function AcceptInvitationPage() {
  return (
    <AuthFrame title="You are invited">
      <AcceptInvitation session={await readSession()} />
    </AuthFrame>
  )
}
