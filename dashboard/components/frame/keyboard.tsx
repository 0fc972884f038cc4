'use client'

import dynamic from 'next/dynamic'
import { useRouter } from 'next/navigation'
import { useEffect, useState } from 'react'
import { useOrganization } from '@/features/session/organization'
import { shortcutOf } from '@/lib/shortcuts'
import { toggleSidebar } from './preferences'

const Palette = dynamic(() => import('@/features/palette/palette').then(({ Palette }) => Palette), { ssr: false })
const ShortcutList = dynamic(() => import('./shortcut-list').then(({ ShortcutList }) => ShortcutList), { ssr: false })

const PATIENCE_AFTER_G = 1500

/** Opens the palette from elsewhere: a button in the sidebar, an item of a menu. */
export const OPEN_PALETTE = 'usageflow:palette'
export const OPEN_SHORTCUTS = 'usageflow:shortcuts'

function clickFirst(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.click()
}

/** The first act of the page's head that edits: a name, a customer, a draft. */
function editHere(): void {
  const acts = [...document.querySelectorAll<HTMLElement>('#page header :is(a, button)[data-kind]')]
  acts.find(({ textContent }) => textContent?.startsWith('Edit'))?.click()
}

function walkRows(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('#page a[data-row]')]
  const at = rows.indexOf(document.activeElement as HTMLElement)
  rows[Math.min(rows.length - 1, Math.max(0, at + (at < 0 && step < 0 ? 1 : step)))]?.focus()
}

/** Listens to the keys of the frame; the palette and the list of keys are fetched when they are first asked for. */
export function Keyboard() {
  const router = useRouter()
  const { path } = useOrganization()
  const [open, setOpen] = useState<'palette' | 'list' | null>(null)
  useEffect(() => {
    let pressedG = 0
    const press = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement
      const inField = target.closest('input, textarea, select, [contenteditable="true"]') !== null
      const inDialog = target.closest('[role="dialog"], [role="menu"]') !== null
      const single = document.documentElement.dataset.shortcuts !== 'off' && !inDialog
      const afterG = Date.now() - pressedG < PATIENCE_AFTER_G
      pressedG = event.key === 'g' && !inField && !event.metaKey && !event.ctrlKey ? Date.now() : 0
      const { key, metaKey: meta, ctrlKey: ctrl, altKey: alt } = event
      const shortcut = shortcutOf({ key, meta, ctrl, alt, afterG, inField: inField || !single })
      if (!shortcut) return
      event.preventDefault()
      if (shortcut.act === 'row') walkRows(shortcut.step)
      else if (shortcut.act === 'palette') setOpen('palette')
      else if (shortcut.act === 'list') setOpen('list')
      else if (shortcut.act === 'go') router.push(path(shortcut.href))
      else if (shortcut.act === 'sidebar') toggleSidebar()
      else if (shortcut.act === 'filter')
        document.querySelector<HTMLElement>('#page search :is(input, select)')?.focus()
      else if (shortcut.act === 'create') clickFirst('#page header :is(a, button)[data-kind="primary"]')
      else if (shortcut.act === 'edit') editHere()
      else if (shortcut.act === 'copy') clickFirst('#page [data-copy="id"]')
      else if (shortcut.act === 'pause') clickFirst('#page [data-live]')
    }
    const showPalette = () => setOpen('palette')
    const showList = () => setOpen('list')
    window.addEventListener('keydown', press)
    window.addEventListener(OPEN_PALETTE, showPalette)
    window.addEventListener(OPEN_SHORTCUTS, showList)
    return () => {
      window.removeEventListener('keydown', press)
      window.removeEventListener(OPEN_PALETTE, showPalette)
      window.removeEventListener(OPEN_SHORTCUTS, showList)
    }
  }, [router, path])
  const close = () => setOpen(null)
  return (
    <>
      {open === 'palette' && <Palette onClose={close} onShortcuts={() => setOpen('list')} />}
      {open === 'list' && <ShortcutList onClose={close} />}
    </>
  )
}
