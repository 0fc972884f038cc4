'use client'

import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef } from 'react'
import { type Problem, problemOf } from './api/problem'

const ATTEMPTS_MAX = 4

type Options<Answer> = {
  /** What has another answer now. */
  invalidates?: readonly QueryKey[]
  /** Whether the page goes away with what it shows, which then is not asked for again before it is shown anew. */
  leaves?: boolean
  onDone?: (answer: Answer) => void
}

/**
 * One act on the API. One intent has one Idempotency-Key: it is kept over retries, double clicks, lost connections and
 * failures of the server, and made anew when the values change or the act has succeeded.
 */
export function useCommand<Variables, Answer>(
  run: (variables: Variables, idempotencyKey: string) => Promise<Answer>,
  { invalidates = [], leaves = false, onDone }: Options<Answer> = {},
) {
  const queries = useQueryClient()
  const intent = useRef<{ values: string; key: string; answer: Promise<Answer> | null } | null>(null)
  return useMutation<Answer, Problem, Variables>({
    mutationFn: (variables) => {
      const values = JSON.stringify(variables) ?? ''
      if (intent.current?.values !== values) intent.current = { values, key: crypto.randomUUID(), answer: null }
      const present = intent.current
      // The second of two clicks waits for the first one's answer.
      present.answer ??= repeated(() => run(variables, present.key)).finally(() => {
        present.answer = null
      })
      return present.answer
    },
    onSuccess: async (answer) => {
      intent.current = null
      const refetchType = leaves ? 'none' : 'active'
      await Promise.all(invalidates.map((queryKey) => queries.invalidateQueries({ queryKey, refetchType })))
      onDone?.(answer)
    },
  })
}

async function repeated<Answer>(attempt: () => Promise<Answer>): Promise<Answer> {
  for (let made = 1; ; made++) {
    try {
      return await attempt()
    } catch (error) {
      const problem = problemOf(error)
      if (!problem.passing || problem.status === 429 || made === ATTEMPTS_MAX) throw problem
      await new Promise((resolve) => setTimeout(resolve, (problem.retryAfterSeconds ?? made) * 1000))
    }
  }
}
