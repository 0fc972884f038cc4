import { useOrganization } from '@/features/session/organization'
import { answerOf } from '@/lib/api/problem'
import type { components } from '@/lib/api/schema'
import { useCommand } from '@/lib/command'
import { type List, useList } from '@/lib/list'

export type ApiKey = components['schemas']['KeyBody']
export type NewApiKey = components['schemas']['NewKeyBody']
export type ApiKeyInput = components['schemas']['KeyCreate']

export function useApiKeys(interval = 10_000): List<ApiKey> {
  const { id, api, may } = useOrganization()
  return useList([id, 'api-keys'], () => api.GET('/api/api-keys'), { interval, enabled: may('keys:read') })
}

/** The answer shows the secret, this once; the same intent sent again shows the same secret. */
export function useCreateApiKey(onDone?: (key: NewApiKey) => void) {
  const { id, api } = useOrganization()
  return useCommand(
    async (input: ApiKeyInput, key) =>
      (await answerOf(api.POST('/api/api-keys', { body: input, headers: { 'Idempotency-Key': key } }))).body,
    { invalidates: [[id, 'api-keys']], onDone },
  )
}
