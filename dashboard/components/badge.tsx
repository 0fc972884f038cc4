export type Tone = 'success' | 'warning' | 'danger' | 'info' | 'progress' | 'neutral'

const TONES: Record<Tone, string> = {
  success: 'bg-success-bg text-success',
  warning: 'bg-warning-bg text-warning',
  danger: 'bg-danger-bg text-danger',
  info: 'bg-info-bg text-info',
  progress: 'bg-info-bg text-info',
  neutral: 'bg-neutral-bg text-text-2',
}

/** Shapes differ too, so that colour is never alone: filled, triangle, square, ring, dash. */
function Dot({ tone }: { tone: Tone }) {
  switch (tone) {
    case 'warning':
      return <path d="M3 0.5 6 5.5H0Z" fill="currentColor" />
    case 'danger':
      return <rect width="6" height="6" fill="currentColor" />
    case 'progress':
      return <circle cx="3" cy="3" r="2.25" fill="none" stroke="currentColor" strokeWidth="1.5" />
    case 'neutral':
      return <rect y="2.25" width="6" height="1.5" fill="currentColor" />
    default:
      return <circle cx="3" cy="3" r="3" fill="currentColor" />
  }
}

/** A state as the API writes it, as a word to read: `past_due` is “Past due”. */
export const worded = (state: string) => (state.charAt(0).toUpperCase() + state.slice(1)).replaceAll('_', ' ')

/** A state: a mark and a word. */
export function Badge({ tone, children, struck = false }: { tone: Tone; children: string; struck?: boolean }) {
  return (
    <span
      className={`inline-flex h-5 items-center gap-1.5 whitespace-nowrap rounded-control px-1.5 text-caption font-medium ${TONES[tone]}`}
    >
      <svg width="6" height="6" viewBox="0 0 6 6" aria-hidden="true">
        <Dot tone={tone} />
      </svg>
      <span className={struck ? 'line-through' : ''}>{children}</span>
    </span>
  )
}
