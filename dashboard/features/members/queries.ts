import { useOrganization } from '@/features/session/organization'
import { answerOf } from '@/lib/api/problem'
import type { components } from '@/lib/api/schema'
import { useCommand } from '@/lib/command'
import { type List, useList } from '@/lib/list'

export type Member = components['schemas']['MemberBody']
export type Invitation = components['schemas']['InvitationBody']
export type NewInvitation = components['schemas']['NewInvitationBody']
export type InvitationInput = components['schemas']['InvitationCreate']

export function useMembers(): List<Member> {
  const { id, api } = useOrganization()
  return useList([id, 'members'], () => api.GET('/api/members'), { interval: 30_000 })
}

export function useInvitations(): List<Invitation> {
  const { id, api } = useOrganization()
  return useList([id, 'invitations'], () => api.GET('/api/invitations'), { interval: 30_000 })
}

/** The answer shows the link, this once. */
export function useInvite(onDone: (invitation: NewInvitation) => void) {
  const { id, api } = useOrganization()
  return useCommand(
    async (input: InvitationInput, key) =>
      (await answerOf(api.POST('/api/invitations', { body: input, headers: { 'Idempotency-Key': key } }))).body,
    { invalidates: [[id, 'invitations']], onDone },
  )
}

export function useWithdraw() {
  const { id, api } = useOrganization()
  return useCommand(
    async (invitationId: string, key) => {
      const params = { path: { invitationId } }
      await answerOf(api.DELETE('/api/invitations/{invitationId}', { params, headers: { 'Idempotency-Key': key } }))
    },
    { invalidates: [[id, 'invitations']] },
  )
}

type RoleChange = { member: Member; role: Member['role'] }

/** Somebody else's change meanwhile is not overwritten. */
export function useChangeRole(onDone: (member: Member) => void) {
  const { id, api } = useOrganization()
  return useCommand(
    async ({ member, role }: RoleChange, key) => {
      const headers = { 'Idempotency-Key': key, 'If-Match': `"${member.version}"` }
      const params = { path: { userId: member.userId } }
      return (await answerOf(api.PATCH('/api/members/{userId}', { params, body: { role }, headers }))).body
    },
    { invalidates: [[id, 'members']], onDone },
  )
}

export function useRemove(onDone: () => void) {
  const { id, api } = useOrganization()
  return useCommand(
    async (userId: string, key) => {
      const params = { path: { userId } }
      await answerOf(api.DELETE('/api/members/{userId}', { params, headers: { 'Idempotency-Key': key } }))
    },
    { invalidates: [[id, 'members']], onDone },
  )
}
