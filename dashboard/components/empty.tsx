import type { ReactNode } from 'react'

/** An empty state that teaches: what will stand here, and the one thing to do. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="flex max-w-xl flex-col items-start gap-3 p-6">
      <h2 className="text-panel">{title}</h2>
      {children && <div className="text-text-2">{children}</div>}
      {action}
    </div>
  )
}
