/** What has just been done, told in passing; the page shows it too. */
export type Toast = {
  id: number
  text: string
  /** The object, and what its link is called. */
  href?: string
  linked?: string
  /** A compensating call, offered for ten seconds. */
  undo?: () => void
  failed?: boolean
}

const SHOWN_MAX = 3

let toasts: readonly Toast[] = []
let last = 0
const listeners = new Set<() => void>()

function keep(next: readonly Toast[]): void {
  toasts = next
  for (const listener of listeners) listener()
}

export function toast(told: Omit<Toast, 'id'>): void {
  last += 1
  keep([...toasts, { ...told, id: last }].slice(-SHOWN_MAX))
}

export function dismissToast(id: number): void {
  keep(toasts.filter((one) => one.id !== id))
}

export function readToasts(): readonly Toast[] {
  return toasts
}

export function watchToasts(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
