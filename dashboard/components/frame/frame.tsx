'use client'

import { Dialog } from '@base-ui/react/dialog'
import { Menu as MenuIcon } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useOrganization } from '@/features/session/organization'
import { Keyboard } from './keyboard'
import { ScrollKeeper } from './scroll-keeper'
import { Sidebar } from './sidebar'
import { Toaster } from './toaster'

/** Sidebar and page. Below 1024 px the sidebar is a drawer behind a button. */
export function Frame({ children }: { children: ReactNode }) {
  const [open, setOpen] = useState(false)
  const { name } = useOrganization()
  return (
    <div className="lg:pl-[232px] lg:in-data-[sidebar=folded]:pl-14">
      <a
        href="#page"
        className="sr-only z-50 rounded-control bg-surface px-3 py-2 focus:not-sr-only focus:fixed focus:left-2 focus:top-2"
      >
        Skip to the page
      </a>
      <aside
        aria-label="Sidebar"
        className="fixed inset-y-0 left-0 z-30 w-[232px] border-r border-border bg-canvas max-lg:hidden in-data-[sidebar=folded]:w-14"
      >
        <Sidebar />
      </aside>
      <header className="sticky top-0 z-30 flex h-14 items-center gap-3 border-b border-border bg-canvas px-4 lg:hidden">
        <Dialog.Root open={open} onOpenChange={setOpen}>
          <Dialog.Trigger
            aria-label="Open the sidebar"
            className="inline-flex size-11 items-center justify-center rounded-control hover:bg-sunken"
          >
            <MenuIcon size={16} strokeWidth={1.75} aria-hidden />
          </Dialog.Trigger>
          <Dialog.Portal>
            <Dialog.Backdrop className="fixed inset-0 z-40 bg-scrim" />
            <Dialog.Popup className="fixed inset-y-0 left-0 z-50 w-[264px] border-r border-border bg-canvas outline-none">
              <Dialog.Title className="sr-only">Sidebar</Dialog.Title>
              <Sidebar onNavigate={() => setOpen(false)} />
            </Dialog.Popup>
          </Dialog.Portal>
        </Dialog.Root>
        <span className="truncate font-medium">{name}</span>
      </header>
      <main id="page" tabIndex={-1} className="mx-auto max-w-[1440px] px-6 pb-12 outline-none max-md:px-4">
        {children}
      </main>
      <Keyboard />
      <ScrollKeeper />
      <Toaster />
    </div>
  )
}
