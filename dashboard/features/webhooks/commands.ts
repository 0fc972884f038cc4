import { useOrganization } from '@/features/session/organization'
import { answerOf } from '@/lib/api/problem'
import type { components } from '@/lib/api/schema'
import { useCommand } from '@/lib/command'
import type { Endpoint } from './queries'

export type EndpointInput = components['schemas']['EndpointCreate']
export type ReplayInput = components['schemas']['ReplayRequest']
type EndpointChange = components['schemas']['EndpointPatch']

const tag = ({ version }: Endpoint) => `"${version}"`

/** The answer shows the signing secret; the same intent sent again shows the same secret. */
export function useCreateEndpoint(onDone: (endpoint: Endpoint) => void) {
  const { id, api } = useOrganization()
  return useCommand(
    async (body: EndpointInput, key) =>
      (await answerOf(api.POST('/api/webhooks/endpoints', { body, headers: { 'Idempotency-Key': key } }))).body,
    { invalidates: [[id, 'webhooks']], onDone },
  )
}

export function useChangeEndpoint(endpoint: Endpoint, onDone: () => void) {
  const { id, api } = useOrganization()
  const params = { path: { endpointId: endpoint.id } }
  return useCommand(
    async (body: EndpointChange) =>
      (
        await answerOf(
          api.PATCH('/api/webhooks/endpoints/{endpointId}', { params, body, headers: { 'If-Match': tag(endpoint) } }),
        )
      ).body,
    { invalidates: [[id, 'webhooks']], onDone },
  )
}

export function useDeleteEndpoint(endpoint: Endpoint, onDone: () => void) {
  const { id, api } = useOrganization()
  const params = { path: { endpointId: endpoint.id } }
  return useCommand(
    async (_: undefined) => {
      const headers = { 'If-Match': tag(endpoint) }
      await answerOf(api.DELETE('/api/webhooks/endpoints/{endpointId}', { params, headers }))
    },
    { invalidates: [[id, 'webhooks']], leaves: true, onDone },
  )
}

/** Of an endpoint as it was seen; `parked` is what becomes of the dispatches that wait. */
export function useEnableEndpoint(onDone: () => void) {
  const { id, api } = useOrganization()
  return useCommand(
    async ({ endpoint, parked }: { endpoint: Endpoint; parked: 'send' | 'discard' }, key) => {
      const params = { path: { endpointId: endpoint.id } }
      const headers = { 'Idempotency-Key': key, 'If-Match': tag(endpoint) }
      const body = { parked }
      return (await answerOf(api.POST('/api/webhooks/endpoints/{endpointId}/enable', { params, body, headers }))).body
    },
    { invalidates: [[id, 'webhooks']], onDone },
  )
}

export function useDisableEndpoint(endpoint: Endpoint, onDone: (disabled: Endpoint) => void) {
  const { id, api } = useOrganization()
  const params = { path: { endpointId: endpoint.id } }
  return useCommand(
    async (_: undefined, key) => {
      const headers = { 'Idempotency-Key': key, 'If-Match': tag(endpoint) }
      return (await answerOf(api.POST('/api/webhooks/endpoints/{endpointId}/disable', { params, body: {}, headers })))
        .body
    },
    { invalidates: [[id, 'webhooks']], onDone },
  )
}

/** The answer is the dispatch of the ping with its first attempt. */
export function usePing(endpointId: string) {
  const { id, api } = useOrganization()
  const params = { path: { endpointId } }
  return useCommand(
    async (_: undefined, key) => {
      const headers = { 'Idempotency-Key': key }
      return (await answerOf(api.POST('/api/webhooks/endpoints/{endpointId}/ping', { params, body: {}, headers }))).body
    },
    { invalidates: [[id, 'webhooks']] },
  )
}

/** Shows the signing secret. Audited. */
export function useRevealSecret(endpointId: string) {
  const { id, api } = useOrganization()
  const params = { path: { endpointId } }
  return useCommand(
    async (_: undefined) => (await answerOf(api.GET('/api/webhooks/endpoints/{endpointId}/secret', { params }))).body,
    { invalidates: [[id, 'audit-log']] },
  )
}

/** A new secret in the answer; the old one signs too for 24 hours. */
export function useRotateSecret(endpoint: Endpoint, onDone: (endpoint: Endpoint) => void) {
  const { id, api } = useOrganization()
  const params = { path: { endpointId: endpoint.id } }
  return useCommand(
    async (_: undefined, key) => {
      const headers = { 'Idempotency-Key': key, 'If-Match': tag(endpoint) }
      const path = '/api/webhooks/endpoints/{endpointId}/rotate-secret'
      return (await answerOf(api.POST(path, { params, body: {}, headers }))).body
    },
    { invalidates: [[id, 'webhooks']], onDone },
  )
}

/** Sends many again: what failed, what is missing, or everything of a range. */
export function useReplayRange(endpointId: string) {
  const { id, api } = useOrganization()
  const params = { path: { endpointId } }
  return useCommand(
    async (body: ReplayInput, key) => {
      const headers = { 'Idempotency-Key': key }
      return (await answerOf(api.POST('/api/webhooks/endpoints/{endpointId}/replay', { params, body, headers }))).body
    },
    { invalidates: [[id, 'webhooks']] },
  )
}

/** Tries one dispatch again now: the same webhook-id, the same body. */
export function useReplayDispatch() {
  const { id, api } = useOrganization()
  return useCommand(
    async (dispatchId: string, key) => {
      const params = { path: { dispatchId } }
      const headers = { 'Idempotency-Key': key }
      return (await answerOf(api.POST('/api/webhooks/dispatches/{dispatchId}/replay', { params, body: {}, headers })))
        .body
    },
    { invalidates: [[id, 'webhooks']] },
  )
}

/** Tries several dispatches again, one after another; answers how many of them. The rest is sent by the same act once more. */
export function useReplayChosen(onDone: (sent: number) => void) {
  const { id, api } = useOrganization()
  return useCommand(
    async (dispatchIds: readonly string[], key) => {
      for (const dispatchId of dispatchIds) {
        const params = { path: { dispatchId } }
        const headers = { 'Idempotency-Key': `${key}-${dispatchId}` }
        await answerOf(api.POST('/api/webhooks/dispatches/{dispatchId}/replay', { params, body: {}, headers }))
      }
      return dispatchIds.length
    },
    { invalidates: [[id, 'webhooks']], onDone },
  )
}
