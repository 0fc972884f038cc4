import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { bodyOf } from '@/features/webhooks/example'

const FOLDER = '../docs/events'

describe('the example of a webhook event', () => {
  it.each(readdirSync(FOLDER))('of %s has its type and every member that must be there', (file) => {
    const { required, properties, $defs } = JSON.parse(readFileSync(`${FOLDER}/${file}`, 'utf8'))
    const type = file.replace('.json', '')
    const body = bodyOf(type, { ...properties.data, $defs })
    expect(Object.keys(body)).toEqual(expect.arrayContaining(required))
    expect(body).toMatchObject({ type, id: expect.stringMatching(new RegExp(properties.id.pattern)) })
    expect(Object.keys(body.data as object)).toEqual(expect.arrayContaining(properties.data.required ?? []))
  })

  it('ends where a schema names itself', () => {
    const node = { type: 'object', properties: { next: { $ref: '#/$defs/Node' } } }
    expect(JSON.stringify(bodyOf('x', { $ref: '#/$defs/Node', $defs: { Node: node } })).length).toBeLessThan(300)
  })
})
