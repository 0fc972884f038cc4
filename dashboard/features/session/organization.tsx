'use client'

import { createContext, type ReactNode, useContext, useMemo } from 'react'
import { type Api, apiOf, rememberSession, type Session } from '@/lib/api/client'
import type { components } from '@/lib/api/schema'
import { allows, type Role } from '@/lib/permissions'

export type OrganizationFacts = components['schemas']['OrganizationModel']

type Value = {
  id: string
  name: string
  role: Role
  scopes: readonly string[]
  session: Session
  facts: OrganizationFacts
  /** The organization's time zone, in which times are shown. */
  zone: string
  publicApiUrl: string
  api: Api
  may: (scope: string) => boolean
  /** The address of a page of this organization: `path('/invoices')`. */
  path: (below: string) => string
}

const OrganizationContext = createContext<Value | null>(null)

type Props = { session: Session; facts: OrganizationFacts; publicApiUrl: string; children: ReactNode }

/** The organization that the address names, and what the reader may do in it. */
export function OrganizationProvider({ session, facts, publicApiUrl, children }: Props) {
  rememberSession(session)
  const value = useMemo<Value>(() => {
    const own = session.organizations.find(({ id }) => id === facts.id)
    const scopes = own?.scopes ?? []
    return {
      id: facts.id,
      name: facts.name,
      role: (own?.role ?? 'VIEWER') as Role,
      scopes,
      session,
      facts,
      zone: facts.timeZone,
      publicApiUrl,
      api: apiOf(facts.id),
      may: (scope) => allows(scopes, scope),
      path: (below) => `/o/${facts.id}${below}`,
    }
  }, [session, facts, publicApiUrl])
  return <OrganizationContext value={value}>{children}</OrganizationContext>
}

export function useOrganization(): Value {
  const value = useContext(OrganizationContext)
  if (!value) throw new Error('Not below an OrganizationProvider')
  return value
}
