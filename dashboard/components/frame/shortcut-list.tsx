'use client'

import { Dialog } from '@/components/dialog'
import { GO_TO, KEYS } from '@/lib/shortcuts'

/** Every key and what it does. */
export function ShortcutList({ onClose }: { onClose: () => void }) {
  const places = Object.entries(GO_TO).map(([key, [label]]) => [`G ${key.toUpperCase()}`, label] as const)
  return (
    <Dialog open onClose={onClose} title="Shortcuts">
      <div className="grid gap-x-6 gap-y-4 sm:grid-cols-[3fr_2fr]">
        <Keys title="Anywhere" keys={KEYS} />
        <Keys title="Go to" keys={places} />
      </div>
      <p className="mt-4 text-caption text-text-2">
        Single keys do nothing in fields. The menu below your name turns them off.
      </p>
    </Dialog>
  )
}

function Keys({ title, keys }: { title: string; keys: readonly (readonly [string, string])[] }) {
  return (
    <section aria-label={title}>
      <h3 className="mb-2 font-semibold">{title}</h3>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5">
        {keys.map(([key, does]) => (
          <div key={key} className="contents">
            <dt>
              <kbd className="code whitespace-nowrap rounded border border-border bg-sunken px-1.5 py-0.5">{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
