'use client'

import { Menu as Base } from '@base-ui/react/menu'
import { type ReactElement, type ReactNode, useState } from 'react'

export const MENU_ITEM =
  'flex min-h-8 max-md:min-h-11 w-full items-center gap-2 rounded-control px-2 text-left outline-none data-[highlighted]:bg-sunken'

/** A menu below its trigger; its items are `MenuItem`s. */
export function Menu({ trigger, children, label }: { trigger: ReactElement; children: ReactNode; label: string }) {
  const [opener, setOpener] = useState<HTMLElement | null>(null)
  return (
    <Base.Root modal={false}>
      <Base.Trigger render={trigger} ref={setOpener} />
      {/* Within the landmark of its trigger: behind the page it would stand in none. */}
      <Base.Portal container={opener?.closest<HTMLElement>('[role="dialog"], aside, main')}>
        <Base.Positioner sideOffset={6} align="start" className="z-50 outline-none">
          <Base.Popup
            aria-label={label}
            className="max-h-[60vh] min-w-52 max-w-80 overflow-y-auto rounded-panel border border-border bg-surface p-1 shadow-float outline-none transition-opacity duration-[120ms] data-[ending-style]:opacity-0 data-[starting-style]:opacity-0"
          >
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}

type ItemProps = {
  onSelect: () => void
  /** Why it cannot be done now: the item stays in its place and says so. */
  reason?: string | null
  children: ReactNode
}

export function MenuItem({ onSelect, reason = null, children }: ItemProps) {
  return (
    <Base.Item
      className={`${MENU_ITEM} aria-disabled:cursor-not-allowed`}
      closeOnClick={!reason}
      aria-disabled={reason ? true : undefined}
      onClick={() => !reason && onSelect()}
    >
      {reason ? (
        <span className="py-1 text-text-2">
          {children}
          <span className="block text-caption text-text-3">{reason}</span>
        </span>
      ) : (
        children
      )}
    </Base.Item>
  )
}

type Choice = { value: string; label: string }

/** One of a few, inside a menu. */
export function MenuChoice({
  title,
  value,
  choices,
  onChoose,
}: {
  title: string
  value: string
  choices: readonly Choice[]
  onChoose: (value: string) => void
}) {
  return (
    <Base.Group>
      <Base.GroupLabel className="px-2 pb-1 pt-2 text-caption text-text-3">{title}</Base.GroupLabel>
      <Base.RadioGroup value={value} onValueChange={(next: string) => onChoose(next)}>
        {choices.map((choice) => (
          <Base.RadioItem key={choice.value} value={choice.value} closeOnClick={false} className={MENU_ITEM}>
            <span className="inline-flex w-4 justify-center">
              <Base.RadioItemIndicator>✓</Base.RadioItemIndicator>
            </span>
            {choice.label}
          </Base.RadioItem>
        ))}
      </Base.RadioGroup>
    </Base.Group>
  )
}
