'use client'

import { Dialog } from '@base-ui/react/dialog'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react'
import { useOrganization } from '@/features/session/organization'
import { fitting, type Offer, offersOf } from './commands'
import { keepRecent, readRecent } from './recent'
import { directly, type Found, search } from './search'

const PAUSE_MILLISECONDS = 150
const SHOWN_MAX = 12

/** Finds anything by id, number, code or name, goes to any page, and runs what is possible; by keyboard alone. */
export function Palette({ onClose, onShortcuts }: { onClose: () => void; onShortcuts: () => void }) {
  const router = useRouter()
  const { id, path } = useOrganization()
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const list = useId()
  const { offers, asking } = useOffers(text.trim(), onShortcuts)
  const chosen = Math.min(at, offers.length - 1)
  const run = (offer: Offer | undefined) => {
    if (!offer) return
    onClose()
    if (offer.run) return offer.run()
    const { key, kind, name, detail, href = '' } = offer
    if (!['Page', 'Act'].includes(kind)) keepRecent(id, { key, kind, name, detail, href })
    router.push(path(href))
  }
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) setAt((chosen + step + offers.length) % Math.max(1, offers.length))
    else if (event.key === 'Enter') run(offers[chosen])
    else return
    event.preventDefault()
  }
  return (
    <Dialog.Root open onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-scrim" />
        <Dialog.Popup className="fixed left-1/2 top-[12vh] z-50 flex max-h-[70vh] w-[calc(100%-32px)] max-w-[600px] -translate-x-1/2 flex-col overflow-hidden rounded-dialog border border-border bg-surface text-dialog shadow-float outline-none">
          <Dialog.Title className="sr-only">Find anything</Dialog.Title>
          <input
            // biome-ignore lint/a11y/noAutofocus: the palette is a field that was asked for
            autoFocus
            type="text"
            role="combobox"
            aria-label="Find anything"
            aria-expanded
            aria-controls={list}
            aria-activedescendant={offers[chosen] ? `${list}-${chosen}` : undefined}
            placeholder="Id, number, code, name, or page"
            value={text}
            onKeyDown={press}
            onChange={(event) => {
              setText(event.target.value)
              setAt(0)
            }}
            className="h-12 w-full border-b border-border bg-surface px-4 text-[16px] outline-none"
          />
          <Options id={list} offers={offers} chosen={chosen} onRun={run} onPoint={setAt} />
          <p role="status" className="border-t border-border px-4 py-2 text-caption text-text-2">
            {asking ? 'Looking…' : offers.length === 0 ? 'Nothing is called so.' : 'Arrow keys choose, Enter opens.'}
          </p>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

/** What a text leads to: an id at once, the rest as soon as typing rests. */
function useOffers(text: string, onShortcuts: () => void): { offers: Offer[]; asking: boolean } {
  const { id, api, may, session } = useOrganization()
  const [rested, setRested] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setRested(text), PAUSE_MILLISECONDS)
    return () => clearTimeout(timer)
  }, [text])
  const direct = directly(text, may)
  const found = useQuery({
    queryKey: [id, 'palette', rested],
    enabled: rested.length > 0 && direct === null,
    queryFn: () => search(api, rested, may),
    placeholderData: keepPreviousData,
  })
  const offers = useMemo(
    () => offersOf({ may, organizationId: id, organizations: session.organizations, onShortcuts }),
    [may, id, session, onShortcuts],
  )
  if (direct) return { offers: [direct], asking: false }
  if (text === '') return { offers: [...readRecent(id), ...offers].slice(0, SHOWN_MAX), asking: false }
  const named: Found[] = rested === text ? (found.data ?? []) : []
  const asking = rested !== text || found.isFetching
  return { offers: [...named, ...fitting(offers, text)].slice(0, SHOWN_MAX), asking }
}

type OptionsProps = {
  id: string
  offers: readonly Offer[]
  chosen: number
  onRun: (offer: Offer) => void
  onPoint: (at: number) => void
}

function Options({ id, offers, chosen, onRun, onPoint }: OptionsProps) {
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    list.current?.children[chosen]?.scrollIntoView({ block: 'nearest' })
  }, [chosen])
  return (
    <div ref={list} id={id} role="listbox" aria-label="Found" className="min-h-0 flex-1 overflow-y-auto p-1">
      {offers.map((offer, at) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the field holds the focus and its keys choose
        <div
          key={offer.key}
          id={`${id}-${at}`}
          role="option"
          tabIndex={-1}
          aria-selected={at === chosen}
          onClick={() => onRun(offer)}
          onPointerMove={() => onPoint(at)}
          className={`flex min-h-9 cursor-pointer items-center gap-3 rounded-control px-3 max-md:min-h-11 ${at === chosen ? 'bg-selected text-accent-text' : ''}`}
        >
          <span className="min-w-0 truncate">{offer.name}</span>
          {offer.detail && <span className="code min-w-0 truncate text-text-2">{offer.detail}</span>}
          <span className="ml-auto shrink-0 text-caption text-text-2">{offer.kind}</span>
        </div>
      ))}
    </div>
  )
}
