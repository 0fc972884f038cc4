import type { ButtonHTMLAttributes, ReactNode } from 'react'

export type ButtonKind = 'primary' | 'plain' | 'danger' | 'quiet'

const KINDS: Record<ButtonKind, string> = {
  primary: 'bg-ink text-on-ink border-ink',
  plain: 'bg-surface text-text border-border-strong hover:bg-sunken',
  danger: 'bg-danger-solid text-white border-danger-solid',
  quiet: 'bg-transparent text-text-2 border-transparent hover:bg-sunken hover:text-text',
}

/** The looks of a button, for links that stand where a button would. */
export function buttonLooks(kind: ButtonKind = 'plain'): string {
  return `inline-flex h-8 max-md:h-11 items-center justify-center gap-1.5 whitespace-nowrap rounded-control border px-3 font-medium aria-disabled:opacity-50 aria-disabled:cursor-not-allowed ${KINDS[kind]}`
}

type Props = ButtonHTMLAttributes<HTMLButtonElement> & { kind?: ButtonKind; busy?: boolean; children: ReactNode }

/** A button that keeps its place and stays focusable while it works. */
export function Button({ kind = 'plain', busy = false, className = '', children, onClick, ...rest }: Props) {
  return (
    <button
      type="button"
      data-kind={kind}
      {...rest}
      aria-disabled={busy || rest['aria-disabled'] || undefined}
      aria-busy={busy || undefined}
      onClick={(event) => {
        if (busy || rest['aria-disabled']) event.preventDefault()
        else onClick?.(event)
      }}
      className={`${buttonLooks(kind)} ${className}`}
    >
      {busy && (
        <span
          aria-hidden
          className="size-3 animate-spin rounded-full border-2 border-current border-r-transparent motion-reduce:hidden"
        />
      )}
      {children}
    </button>
  )
}
