import { useRouter } from 'next/navigation'
import { type OrganizationFacts, useOrganization } from '@/features/session/organization'
import { answerOf, problemOf } from '@/lib/api/problem'
import type { components } from '@/lib/api/schema'
import { useCommand } from '@/lib/command'
import { useList } from '@/lib/list'
import { useOne } from '@/lib/poll'
import { sameSettings } from './values'

export type SettingsPatch = components['schemas']['OrganizationPatch']
export type ListedSession = components['schemas']['ListedSession']

export type Saving = { patch: SettingsPatch; over?: OrganizationFacts }

/**
 * Saves what changed; the page's facts are read anew. Where somebody else saved meanwhile, and the same settings are theirs
 * still, it is saved on top of that; where they are not, `onConflict` gets what they saved, and `over` it is saved in spite.
 */
export function useSaveSettings(
  onDone: () => void,
  onConflict: (patch: SettingsPatch, theirs: OrganizationFacts) => void,
) {
  const { api, facts } = useOrganization()
  const router = useRouter()
  return useCommand(
    async ({ patch, over = facts }: Saving) => {
      const send = async ({ version }: OrganizationFacts) =>
        (await answerOf(api.PATCH('/api/organization', { body: patch, headers: { 'If-Match': `"${version}"` } }))).body
      try {
        return await send(over)
      } catch (error) {
        if (problemOf(error).code !== 'precondition_failed') throw error
        const theirs = (await answerOf(api.GET('/api/organization'))).body
        if (sameSettings(patch, theirs, over)) return send(theirs)
        onConflict(patch, theirs)
        throw error
      }
    },
    {
      onDone: () => {
        router.refresh()
        onDone()
      },
    },
  )
}

export function useTestClock() {
  const { id, api, facts } = useOrganization()
  return useOne([id, 'test-clock'], () => api.GET('/api/test-clock'), {
    interval: 3000,
    enabled: facts.mode === 'test',
  })
}

/** Moves the clock forward, with a stop at everything that falls due. */
export function useAdvanceClock() {
  const { id, api } = useOrganization()
  return useCommand(
    async (to: string, key) => {
      const headers = { 'Idempotency-Key': key }
      return (await answerOf(api.POST('/api/test-clock/advance', { body: { to }, headers }))).body
    },
    { invalidates: [[id]] },
  )
}

export function useSessions() {
  const { id, api } = useOrganization()
  return useList([id, 'sessions'], () => api.GET('/api/auth/sessions'))
}

export function useEndSession() {
  const { id, api } = useOrganization()
  return useCommand(
    async (sessionId: string) => {
      await answerOf(api.DELETE('/api/auth/sessions/{sessionId}', { params: { path: { sessionId } } }))
    },
    { invalidates: [[id, 'sessions']] },
  )
}

export function useChangePassword(onDone: () => void) {
  const { id, api } = useOrganization()
  return useCommand(
    async (body: components['schemas']['PasswordChange']) => {
      await answerOf(api.POST('/api/auth/password', { body }))
    },
    { invalidates: [[id, 'sessions']], onDone },
  )
}

/** Ends every session but the present one, one after another. */
export function useEndOthers(others: readonly ListedSession[]) {
  const { id, api } = useOrganization()
  return useCommand(
    async (_: null) => {
      for (const { id: sessionId } of others) {
        await answerOf(api.DELETE('/api/auth/sessions/{sessionId}', { params: { path: { sessionId } } }))
      }
    },
    { invalidates: [[id, 'sessions']] },
  )
}

/** The member becomes OWNER, the reader ADMIN. */
export function useTransfer(onDone: () => void) {
  const { id, api } = useOrganization()
  const router = useRouter()
  return useCommand(
    async (body: components['schemas']['OrganizationTransfer'], key) =>
      (await answerOf(api.POST('/api/organization/transfer', { body, headers: { 'Idempotency-Key': key } }))).body,
    {
      invalidates: [[id, 'members']],
      onDone: () => {
        router.refresh()
        onDone()
      },
    },
  )
}

export function useDeleteOrganization() {
  const { api } = useOrganization()
  return useCommand(
    async (body: components['schemas']['OrganizationDeletion'], key) =>
      (await answerOf(api.POST('/api/organization/delete', { body, headers: { 'Idempotency-Key': key } }))).body,
    { onDone: () => window.location.assign('/') },
  )
}
