'use client'

import { createContext, type ReactNode, useContext } from 'react'
import type { Errors } from './definition'

type Value = { errors: Errors; currency: string; readOnly: boolean }

const EditorContext = createContext<Value>({ errors: new Map(), currency: '', readOnly: true })

/** What the editor's fields share: what is wrong by JSON pointer, the currency, and whether they can be changed. */
export function EditorProvider({ value, children }: { value: Value; children: ReactNode }) {
  return <EditorContext value={value}>{children}</EditorContext>
}

export function useEditor(): Value {
  return useContext(EditorContext)
}
