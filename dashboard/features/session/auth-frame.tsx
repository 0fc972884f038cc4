import type { ReactNode } from 'react'

/** One centred column with the mark. */
export function AuthFrame({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="mx-auto flex min-h-dvh w-[min(360px,calc(100vw-32px))] flex-col justify-center gap-6 py-12">
      <p className="flex items-center gap-2 font-semibold">
        <svg width="20" height="20" viewBox="0 0 16 16" aria-hidden="true">
          <rect width="16" height="16" rx="3" fill="var(--ink)" />
          <path d="M4 4v5a4 4 0 0 0 8 0V4" fill="none" stroke="var(--on-ink)" strokeWidth="2" />
        </svg>
        UsageFlow
      </p>
      <h1 className="text-title">{title}</h1>
      {children}
    </main>
  )
}
