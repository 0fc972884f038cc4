import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const css = readFileSync(new URL('../../app/tokens.css', import.meta.url), 'utf8')
const tokens = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g)].map((found) => [
    found[1] ?? '',
    { light: found[2] ?? '', dark: found[3] ?? '' },
  ]),
)

type Theme = 'light' | 'dark'

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(a: string, b: string, theme: Theme): number {
  const colour = (name: string) => (name.startsWith('#') ? name : (tokens.get(name)?.[theme] ?? ''))
  const [low = 0, high = 0] = [luminance(colour(a)), luminance(colour(b))].sort((x, y) => x - y)
  return (high + 0.05) / (low + 0.05)
}

const GROUNDS = ['canvas', 'surface', 'sunken', 'selected']
const TEXT: [string, string[], number][] = [
  ...['text', 'text-2', 'text-3', 'accent-text'].map((name): [string, string[], number] => [name, GROUNDS, 4.5]),
  ...['success', 'warning', 'danger', 'info'].map((name): [string, string[], number] => [
    name,
    [...GROUNDS, `${name}-bg`],
    4.5,
  ]),
  ['text-2', ['neutral-bg'], 4.5],
  ['on-ink', ['ink'], 4.5],
  ['#ffffff', ['danger-solid', 'accent'], 4.5],
  ['border-strong', ['canvas', 'surface', 'sunken'], 3],
  ['focus', GROUNDS, 3],
  ...[1, 2, 3, 4, 5, 6].map((n): [string, string[], number] => [`series-${n}`, ['surface'], 3]),
]

describe('contrast by the formula of WCAG', () => {
  const pairs = TEXT.flatMap(([name, grounds, least]) =>
    grounds.flatMap((ground) => (['light', 'dark'] as const).map((theme) => ({ name, ground, theme, least }))),
  )
  test.each(pairs)('$name on $ground ($theme) is at least $least', ({ name, ground, theme, least }) => {
    expect(contrast(name, ground, theme)).toBeGreaterThanOrEqual(least)
  })
})
