'use client'

import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useOrganization } from '@/features/session/organization'
import { answerOf, type Problem, problemOf } from '@/lib/api/problem'
import { type Definition, type DefinitionTyped, readDefinition, typedOf } from './definition'
import type { Plan } from './queries'

export type SaveState =
  | { kind: 'saved'; at: string | null }
  | { kind: 'waiting' }
  | { kind: 'saving' }
  | { kind: 'refused'; problem: Problem }
  | { kind: 'conflict'; theirs: Plan }

const PAUSE_MILLISECONDS = 600
const RETRY_MILLISECONDS = 3000

/** The definition that a plan's editor begins with: its draft, else its latest version, else a month for nothing. */
export function startOf(plan: Plan): DefinitionTyped {
  return typedOf((plan.draft as Definition | null) ?? plan.current ?? { interval: 'month' })
}

/**
 * The server's draft while it is typed: each pause saves it, naming the version of the plan that was seen. When somebody
 * else has saved since, nothing is overwritten: what they have is told, and the person decides.
 */
export function useDraft(plan: Plan) {
  const { id, api } = useOrganization()
  const queries = useQueryClient()
  const [typed, setTyped] = useState(() => startOf(plan))
  const [state, setState] = useState<SaveState>({ kind: 'saved', at: null })
  const [version, setVersion] = useState(plan.version)
  const saved = useRef(JSON.stringify(readDefinition(startOf(plan), plan.currency).definition))
  const tried = useRef('')
  const { definition, errors } = readDefinition(typed, plan.currency)
  const text = JSON.stringify(definition)
  const dirty = text !== saved.current || errors.size > 0

  const save = useCallback(
    async (body: string, seen: number) => {
      tried.current = body
      setState({ kind: 'saving' })
      try {
        const answer = await answerOf(
          api.PUT('/api/plans/{planId}/draft', {
            params: { path: { planId: plan.id } },
            body: JSON.parse(body) as Definition,
            headers: { 'If-Match': `"${seen}"` },
          }),
        )
        saved.current = body
        setVersion(answer.body.version)
        queries.setQueryData([id, 'plans', 'one', plan.id], answer.body)
        setState({ kind: 'saved', at: answer.response.headers.get('date') })
      } catch (error) {
        setState(await stateAfter(problemOf(error)))
      }
      async function stateAfter(problem: Problem): Promise<SaveState> {
        if (problem.status !== 412) return { kind: 'refused', problem }
        const params = { path: { planId: plan.id } }
        const theirs = await answerOf(api.GET('/api/plans/{planId}', { params })).catch(() => null)
        if (!theirs) return { kind: 'refused', problem }
        const { body: found, response } = theirs
        // A save whose answer was lost has been made: what stands there is what was sent.
        if (
          found.draft === null ||
          JSON.stringify(readDefinition(startOf(found), found.currency).definition) !== body
        ) {
          return { kind: 'conflict', theirs: found }
        }
        saved.current = body
        setVersion(found.version)
        queries.setQueryData([id, 'plans', 'one', plan.id], found)
        return { kind: 'saved', at: response.headers.get('date') }
      }
    },
    [api, id, plan.id, queries],
  )

  const readable = errors.size === 0
  const { kind } = state
  useEffect(() => {
    if (kind === 'conflict' || kind === 'saving' || !readable || text === saved.current) return
    // What was refused is sent again when it has changed.
    if (kind === 'refused' && text === tried.current) return
    if (kind === 'saved') setState({ kind: 'waiting' })
    const timer = setTimeout(() => void save(text, version), PAUSE_MILLISECONDS)
    return () => clearTimeout(timer)
  }, [text, readable, kind, version, save])

  // Who goes to another page at once has typed all the same.
  const leaving = useRef(() => {})
  leaving.current = () => {
    if (readable && text !== saved.current && (kind === 'waiting' || kind === 'saved')) void save(text, version)
  }
  useEffect(() => () => leaving.current(), [])

  const retries = state.kind === 'refused' && state.problem.passing && readable
  useEffect(() => {
    if (!retries) return
    const timer = setTimeout(() => void save(text, version), RETRY_MILLISECONDS)
    return () => clearTimeout(timer)
  }, [retries, text, version, save])

  /** Ends a conflict: with what was typed here, or with what the other person saved. */
  const resolve = (theirs: Plan, keep: 'mine' | 'theirs') => {
    setVersion(theirs.version)
    if (keep === 'mine') {
      void save(text, theirs.version)
      return
    }
    const taken = startOf(theirs)
    saved.current = JSON.stringify(readDefinition(taken, plan.currency).definition)
    setTyped(taken)
    setState({ kind: 'saved', at: null })
  }
  return { typed, setTyped, definition, errors, state, version, dirty, resolve }
}
