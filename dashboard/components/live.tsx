'use client'

/** Says that a page asks again by itself, and pauses that. */
export function Live({ paused, onToggle }: { paused: boolean; onToggle: () => void }) {
  return (
    <button
      type="button"
      data-live
      aria-pressed={paused}
      onClick={onToggle}
      className="inline-flex h-8 items-center gap-2 rounded-control px-2 text-text-2 hover:bg-sunken max-md:h-11"
    >
      <span aria-hidden className={`size-1.5 rounded-full ${paused ? 'bg-border-strong' : 'live-dot bg-success'}`} />
      {paused ? 'Paused' : 'Live'}
      <span className="sr-only">{paused ? 'Resume' : 'Pause'}</span>
    </button>
  )
}
