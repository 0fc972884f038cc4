import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { AuthFrame } from '@/features/session/auth-frame'
import { NoOrganization } from '@/features/session/no-organization'
import { Providers } from '@/features/session/providers'
import { readSession } from '@/lib/api/server'

export const metadata: Metadata = { title: 'No organization' }

/** The first organization of whoever is signed in. */
export default async function HomePage() {
  const session = await readSession()
  if (!session) redirect('/sign-in')
  const [first] = session.organizations
  if (first) redirect(`/o/${first.id}`)
  return (
    <Providers>
      <AuthFrame title="No organization">
        <NoOrganization session={session} />
      </AuthFrame>
    </Providers>
  )
}
