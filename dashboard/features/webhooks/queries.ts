import { useOrganization } from '@/features/session/organization'
import type { components } from '@/lib/api/schema'
import { type List, useList } from '@/lib/list'
import { useOne } from '@/lib/poll'

export type Endpoint = components['schemas']['EndpointModel']
export type EventType = components['schemas']['EventTypeModel']
export type WebhookEvent = components['schemas']['WebhookEventModel']
export type Dispatch = components['schemas']['DispatchModel']
export type Delivery = components['schemas']['DeliveryModel']
export type DeliveryWindow = components['schemas']['Deliveries']

const SLOW = 30_000
const DISPATCHES = 3000

export function useEndpoints(): List<Endpoint> {
  const { id, api, may } = useOrganization()
  return useList(
    [id, 'webhooks', 'endpoints'],
    (cursor) => api.GET('/api/webhooks/endpoints', { params: { query: { limit: 50, cursor } } }),
    { interval: SLOW, enabled: may('webhooks:read') },
  )
}

export function useEndpoint(endpointId: string) {
  const { id, api } = useOrganization()
  return useOne(
    [id, 'webhooks', 'endpoint', endpointId],
    () => api.GET('/api/webhooks/endpoints/{endpointId}', { params: { path: { endpointId } } }),
    { interval: DISPATCHES },
  )
}

export function useEventTypes() {
  const { id, api } = useOrganization()
  return useOne([id, 'webhooks', 'event-types'], () => api.GET('/api/webhooks/event-types'))
}

export function useWebhookEvents(filters: { type?: string; customerId?: string }): List<WebhookEvent> {
  const { id, api, may } = useOrganization()
  return useList(
    [id, 'webhooks', 'events', filters],
    (cursor) => api.GET('/api/webhooks/events', { params: { query: { ...filters, limit: 50, cursor } } }),
    { interval: 10_000, enabled: may('webhooks:read') },
  )
}

export function useWebhookEvent(eventId: string) {
  const { id, api } = useOrganization()
  return useOne([id, 'webhooks', 'event', eventId], () =>
    api.GET('/api/webhooks/events/{eventId}', { params: { path: { eventId } } }),
  )
}

type DispatchFilters = { endpointId?: string; eventId?: string; eventType?: string; status?: string }

export function useDispatches(filters: DispatchFilters): List<Dispatch> {
  const { id, api } = useOrganization()
  return useList(
    [id, 'webhooks', 'dispatches', filters],
    (cursor) => api.GET('/api/webhooks/dispatches', { params: { query: { ...filters, limit: 50, cursor } } }),
    { interval: DISPATCHES },
  )
}

export function useDispatch(dispatchId: string) {
  const { id, api } = useOrganization()
  return useOne(
    [id, 'webhooks', 'dispatch', dispatchId],
    () => api.GET('/api/webhooks/dispatches/{dispatchId}', { params: { path: { dispatchId } } }),
    { interval: DISPATCHES },
  )
}

type DeliveryFilters = { endpointId?: string; dispatchId?: string; outcome?: string; statusCode?: string }

/** Attempts, newest first, without bodies. */
export function useDeliveries(filters: DeliveryFilters): List<Delivery> {
  const { id, api, may } = useOrganization()
  return useList(
    [id, 'webhooks', 'deliveries', filters],
    (cursor) => api.GET('/api/webhooks/deliveries', { params: { query: { ...filters, limit: 50, cursor } } }),
    { interval: DISPATCHES, enabled: may('webhooks:read') },
  )
}

export function useDelivery(deliveryId: string) {
  const { id, api } = useOrganization()
  return useOne([id, 'webhooks', 'delivery', deliveryId], () =>
    api.GET('/api/webhooks/deliveries/{deliveryId}', { params: { path: { deliveryId } } }),
  )
}

const HOUR = 3_600_000

/** Success and latency by the hour of the last 24 hours; of one endpoint, or of all. */
export function useDeliveryWindows(endpointId?: string) {
  const { id, api, may, zone } = useOrganization()
  return useOne(
    [id, 'webhooks', 'windows', endpointId ?? null],
    () => {
      const to = Math.ceil(Date.now() / HOUR) * HOUR
      const query = {
        from: new Date(to - 24 * HOUR).toISOString(),
        to: new Date(to).toISOString(),
        windowSize: 'hour' as const,
        timeZone: zone,
        endpointId,
      }
      return api.GET('/api/analytics/deliveries', { params: { query } })
    },
    { interval: SLOW, enabled: may('webhooks:read') },
  )
}
