'use client'

import { useOrganization } from '@/features/session/organization'
import { answerOf } from '@/lib/api/problem'
import type { components } from '@/lib/api/schema'
import { useCommand } from '@/lib/command'
import type { Plan } from './queries'

type PlanInput = components['schemas']['PlanCreate']

export function useCreatePlan(onDone: (plan: Plan) => void) {
  const { id, api } = useOrganization()
  return useCommand(
    async (body: PlanInput, key) =>
      (await answerOf(api.POST('/api/plans', { body, headers: { 'Idempotency-Key': key } }))).body,
    { invalidates: [[id, 'plans']], onDone },
  )
}

type Act = 'publish' | 'archive' | 'unarchive'

/** Publishing, archiving or its contrary of the plan as it was seen. */
export function usePlanAct(act: Act, onDone?: (plan: Plan) => void) {
  const { id, api } = useOrganization()
  return useCommand(
    async ({ planId, version }: { planId: string; version: number }, key) => {
      const params = { path: { planId } }
      const headers = { 'Idempotency-Key': key, 'If-Match': `"${version}"` }
      return (await answerOf(api.POST(`/api/plans/{planId}/${act}`, { params, headers }))).body as Plan
    },
    { invalidates: [[id, 'plans']], onDone },
  )
}

/** Another name or description; the definitions do not change. */
export function useEditPlan({ id: planId, version }: Plan, onDone: () => void) {
  const { id, api } = useOrganization()
  return useCommand(
    async (body: components['schemas']['PlanPatch'], key) => {
      const params = { path: { planId } }
      const headers = { 'Idempotency-Key': key, 'If-Match': `"${version}"` }
      return answerOf(api.PATCH('/api/plans/{planId}', { params, headers, body }))
    },
    { invalidates: [[id, 'plans']], onDone },
  )
}

export function useDropDraft(onDone: () => void) {
  const { id, api } = useOrganization()
  return useCommand(
    async ({ planId, version }: { planId: string; version: number }, key) => {
      const params = { path: { planId } }
      const headers = { 'Idempotency-Key': key, 'If-Match': `"${version}"` }
      await answerOf(api.DELETE('/api/plans/{planId}/draft', { params, headers }))
    },
    { invalidates: [[id, 'plans']], onDone },
  )
}
