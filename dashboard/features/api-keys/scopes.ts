/** Scopes that only people may hold. */
const SESSION_ONLY = new Set([
  'owner',
  'organization:read',
  'organization:write',
  'members:read',
  'members:write',
  'keys:read',
  'keys:write',
])

export type Preset = 'ingest' | 'read' | 'everything'

export const PRESETS: readonly { value: Preset; label: string }[] = [
  { value: 'ingest', label: 'Ingest only: send events and nothing else' },
  { value: 'read', label: 'Read only: see everything I may see' },
  { value: 'everything', label: 'Everything I may do' },
]

/** The scopes of a preset, out of those of its maker. */
export function scopesOf(preset: Preset, own: readonly string[]): string[] {
  if (preset === 'ingest') return ['track:write']
  const possible = own.filter((scope) => !SESSION_ONLY.has(scope))
  return preset === 'read' ? possible.filter((scope) => scope.endsWith(':read')) : possible
}
