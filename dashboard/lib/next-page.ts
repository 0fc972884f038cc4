/** Where to go after signing in: a path of this dashboard, never another site; else the reader's first organization. */
export function pageAfter(next: string | null | undefined): string {
  if (!next?.startsWith('/') || next.startsWith('//') || next.includes('\\')) return '/'
  return next
}
