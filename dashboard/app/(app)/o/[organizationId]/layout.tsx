import { headers } from 'next/headers'
import { notFound, redirect } from 'next/navigation'
import type { ReactNode } from 'react'
import { Frame } from '@/components/frame/frame'
import { OrganizationProvider } from '@/features/session/organization'
import { Providers } from '@/features/session/providers'
import { publicApiUrl, readOrganization, readSession } from '@/lib/api/server'

type Props = { children: ReactNode; params: Promise<{ organizationId: string }> }

/** Who reads, and which organization: asked of the gateway, which alone decides. */
export default async function OrganizationLayout({ children, params }: Props) {
  const { organizationId } = await params
  const session = await readSession()
  if (!session) redirect(`/sign-in?next=${encodeURIComponent((await headers()).get('x-path') ?? '/')}`)
  const facts = await readOrganization(organizationId)
  if (!facts) notFound()
  return (
    <Providers key={facts.id}>
      <OrganizationProvider session={session} facts={facts} publicApiUrl={publicApiUrl()}>
        <Frame>{children}</Frame>
      </OrganizationProvider>
    </Providers>
  )
}
