import type { ReactNode } from 'react'
import { Crumb } from './crumb'

/** Breadcrumb, title, badge and at most one primary button; sticky. */
export function PageHead({
  title,
  crumb,
  badge,
  children,
}: {
  title: ReactNode
  crumb?: { label: string; href: string }
  badge?: ReactNode
  children?: ReactNode
}) {
  return (
    <header className="sticky top-0 z-20 -mx-6 flex min-h-14 flex-wrap items-center gap-x-3 gap-y-2 border-b border-border bg-canvas px-6 py-2 max-lg:top-14 max-md:-mx-4 max-md:static max-md:px-4">
      <div className="min-w-0">
        {crumb && <Crumb {...crumb} />}
        <div className="flex flex-wrap items-center gap-2">
          <h1 className="min-w-0 break-words text-title">{title}</h1>
          {badge}
        </div>
      </div>
      {children && <div className="ml-auto flex flex-wrap items-center justify-end gap-2">{children}</div>}
    </header>
  )
}
