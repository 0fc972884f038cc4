import 'server-only'
import { headers } from 'next/headers'
import { cache } from 'react'
import type { Session } from './client'
import { headersForGateway } from './passing'
import type { components } from './schema'

type Organization = components['schemas']['OrganizationModel']

/** Asks the gateway on behalf of whoever reads the page; null without a cookie. */
async function ask(path: string, organizationId?: string): Promise<Response | null> {
  const gateway = process.env.GATEWAY_URL
  if (!gateway) throw new Error('GATEWAY_URL is not set')
  const passed = headersForGateway(await headers())
  if (!passed.has('cookie')) return null
  passed.delete('content-type')
  passed.set('accept', 'application/json')
  if (organizationId) passed.set('usageflow-organization', organizationId)
  return fetch(gateway + path, { headers: passed, cache: 'no-store' })
}

/** Who is signed in, asked once per page; null when nobody is. */
export const readSession = cache(async (): Promise<Session | null> => {
  const answer = await ask('/api/auth/session')
  if (!answer || answer.status === 401) return null
  if (!answer.ok) throw new Error(`The gateway answered ${answer.status}`)
  return (await answer.json()) as Session
})

/** An organization of the reader's; null when it is not one of theirs. */
export const readOrganization = cache(async (organizationId: string): Promise<Organization | null> => {
  const answer = await ask('/api/organization', organizationId)
  if (!answer || answer.status === 404 || answer.status === 401) return null
  if (!answer.ok) throw new Error(`The gateway answered ${answer.status}`)
  return (await answer.json()) as Organization
})

/** The address under which customers reach the public API, for snippets. */
export function publicApiUrl(): string {
  return process.env.PUBLIC_API_URL ?? process.env.GATEWAY_URL ?? ''
}
