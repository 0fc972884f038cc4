'use client'

import { useState } from 'react'
import { CodeBlock } from '@/components/code-block'
import { bodyOf } from './example'
import { byObject } from './facts'
import { useEventTypes } from './queries'

type Props = { chosen: readonly string[]; onChange: (chosen: readonly string[]) => void }

const BOX = 'size-4 accent-[var(--accent)]'

/** Everything, or event types one by one, below the objects they tell of. */
export function EventTypeChoice({ chosen, onChange }: Props) {
  const types = useEventTypes()
  const [shown, setShown] = useState<string | null>(null)
  const all = chosen.includes('*')
  const toggle = (name: string) =>
    onChange(chosen.includes(name) ? chosen.filter((each) => each !== name) : [...chosen, name])
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-1 font-medium">Events</legend>
      <label className="flex min-h-6 items-center gap-2">
        <input type="checkbox" className={BOX} checked={all} onChange={() => onChange(all ? [] : ['*'])} />
        All, also those that are added later
      </label>
      {!all && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
        <div tabIndex={0} className="max-h-64 overflow-y-auto rounded-control border border-border p-3">
          {byObject(types.data?.data ?? []).map(([object, kinds]) => (
            <div key={object} className="mb-2 last:mb-0">
              <p className="text-caption text-text-2">{object}</p>
              {kinds.map(({ name, description, schema }) => (
                <div key={name}>
                  <div className="flex items-center justify-between gap-2">
                    <label className="flex min-h-6 items-center gap-2" title={description}>
                      <input
                        type="checkbox"
                        className={BOX}
                        checked={chosen.includes(name)}
                        onChange={() => toggle(name)}
                      />
                      <span className="code">{name}</span>
                    </label>
                    <button
                      type="button"
                      className="link min-h-6 text-caption"
                      aria-expanded={shown === name}
                      aria-label={`Example of ${name}`}
                      onClick={() => setShown(shown === name ? null : name)}
                    >
                      Example
                    </button>
                  </div>
                  {shown === name && (
                    <CodeBlock code={JSON.stringify(bodyOf(name, schema), null, 2)} what={`example of ${name}`} />
                  )}
                </div>
              ))}
            </div>
          ))}
        </div>
      )}
      {chosen.length === 0 && <p className="text-caption text-warning">Choose at least one.</p>}
    </fieldset>
  )
}
