/** The names under which the gateway keeps a session: over https, and on a local http origin. */
export const SESSION_COOKIES = ['__Host-uf_session', 'uf_session'] as const

/** The session cookie alone out of a Cookie header; null without one. */
export function sessionCookieOf(header: string | null): string | null {
  const found = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => SESSION_COOKIES.some((name) => pair.startsWith(`${name}=`)))
  return found.length > 0 ? found.join('; ') : null
}
