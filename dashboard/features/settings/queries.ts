import { useRouter } from 'next/navigation'
import { useOrganization } from '@/features/session/organization'
import { answerOf } from '@/lib/api/problem'
import type { components } from '@/lib/api/schema'
import { useCommand } from '@/lib/command'
import { useList } from '@/lib/list'
import { useOne } from '@/lib/poll'

export type SettingsPatch = components['schemas']['OrganizationPatch']
export type ListedSession = components['schemas']['ListedSession']

/** Saves what changed; the page's facts are read anew. */
export function useSaveSettings(onDone: () => void) {
  const { api, facts } = useOrganization()
  const router = useRouter()
  return useCommand(
    async (body: SettingsPatch) => {
      const headers = { 'If-Match': `"${facts.version}"` }
      return (await answerOf(api.PATCH('/api/organization', { body, headers }))).body
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

export function useChangePassword() {
  const { id, api } = useOrganization()
  return useCommand(
    async (body: components['schemas']['PasswordChange']) => {
      await answerOf(api.POST('/api/auth/password', { body }))
    },
    { invalidates: [[id, 'sessions']] },
  )
}

/** The member becomes OWNER, the reader ADMIN. */
export function useTransfer() {
  const { id, api } = useOrganization()
  const router = useRouter()
  return useCommand(
    async (body: components['schemas']['OrganizationTransfer'], key) =>
      (await answerOf(api.POST('/api/organization/transfer', { body, headers: { 'Idempotency-Key': key } }))).body,
    { invalidates: [[id, 'members']], onDone: () => router.refresh() },
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
