export type Role = 'OWNER' | 'ADMIN' | 'DEVELOPER' | 'VIEWER'

const WHO: Record<string, string> = {
  'track:write': 'Only owners, admins and developers can send events.',
  'events:write': 'Only owners, admins and developers can correct events.',
  'metrics:write': 'Only owners, admins and developers can change metrics.',
  'plans:write': 'Only owners and admins can change plans.',
  'customers:write': 'Only owners and admins can change customers.',
  'subscriptions:write': 'Only owners and admins can change subscriptions.',
  'invoices:write': 'Only owners and admins can change invoices.',
  'webhooks:read': 'Only owners, admins and developers can see webhooks.',
  'webhooks:write': 'Only owners, admins and developers can change webhooks.',
  'audit:read': 'Only owners, admins and developers can see the audit log.',
  'organization:write': 'Only owners and admins can change settings.',
  'members:read': 'Only owners and admins can see members.',
  'members:write': 'Only owners and admins can change members.',
  'keys:read': 'Only owners, admins and developers can see API keys.',
  'keys:write': 'Only owners, admins and developers can change API keys.',
  owner: 'Only owners can do this.',
}

export const CALLED: Record<Role, string> = {
  OWNER: 'an owner',
  ADMIN: 'an admin',
  DEVELOPER: 'a developer',
  VIEWER: 'a viewer',
}

/** Whether scopes of the session open something; `x:write` includes `x:read`. The API decides in the end. */
export function allows(scopes: readonly string[], scope: string): boolean {
  return scopes.includes(scope) || (scope.endsWith(':read') && scopes.includes(scope.replace(':read', ':write')))
}

/** Who may, and what the reader is: "Only owners and admins can change invoices. You are a viewer." */
export function limitedSentence(scope: string, role: Role): string {
  return `${WHO[scope] ?? 'Your role does not allow this.'} You are ${CALLED[role]}.`
}
