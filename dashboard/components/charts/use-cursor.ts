'use client'

import { type KeyboardEvent, type PointerEvent, useState } from 'react'

/** Which of a chart's points is looked at: the nearest to the pointer, or the next by the arrow keys; Escape ends it. */
export function useCursor(points: readonly { at: number }[], positionOf: (at: number) => number) {
  const [index, setIndex] = useState<number | null>(null)
  const last = points.length - 1
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, number | null> = {
      ArrowRight: index === null ? 0 : Math.min(last, index + 1),
      ArrowLeft: index === null ? last : Math.max(0, index - 1),
      Home: 0,
      End: last,
      Escape: null,
    }
    const next = steps[event.key]
    if (next === undefined) return
    event.preventDefault()
    setIndex(next)
  }
  const onPointerMove = (event: PointerEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect()
    const x = ((event.clientX - box.left) / box.width) * event.currentTarget.viewBox.baseVal.width
    const distance = (at: number) => Math.abs(positionOf(at) - x)
    setIndex(points.reduce((near, point, at) => (distance(point.at) < distance(points[near]?.at ?? 0) ? at : near), 0))
  }
  const leave = () => setIndex(null)
  const handlers = { onKeyDown, onPointerMove, onPointerLeave: leave, onBlur: leave }
  return { index: index !== null && index <= last ? index : null, handlers }
}
