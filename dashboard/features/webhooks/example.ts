type Schema = Record<string, unknown>

const AT = '2026-11-22T14:05:12Z'
const DIGITS = '01a21f3df6ce77508e5b5998fdc8228b'
const DEPTH_MAX = 8

/** The body of a webhook of a type, whose `data` the schema describes. */
export function bodyOf(type: string, schema: Schema): Record<string, unknown> {
  return { id: `evt_${DIGITS}`, type, timestamp: AT, data: exampleOf(schema) }
}

/** A payload as a JSON schema describes it, for looking at: every member is there, with a value of its kind. */
function exampleOf(schema: Schema, root: Schema = schema, depth = 0): unknown {
  if (depth > DEPTH_MAX) return null
  const inner = (one: unknown) => exampleOf(one as Schema, root, depth + 1)
  if (typeof schema.$ref === 'string') {
    const name = schema.$ref.split('/').at(-1) ?? ''
    return inner(((root.$defs ?? {}) as Record<string, unknown>)[name] ?? {})
  }
  if ('const' in schema) return schema.const
  if (Array.isArray(schema.enum)) return schema.enum[0]
  const either = schema.anyOf ?? schema.oneOf ?? schema.allOf
  if (Array.isArray(either)) return inner(either.find((one: Schema) => one.type !== 'null') ?? {})
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, one]) => [name, inner(one)]))
    case 'array':
      return schema.items ? [inner(schema.items)] : []
    case 'integer':
    case 'number':
      return 1
    case 'boolean':
      return true
    case 'string':
      return textOf(schema)
    default:
      return schema.properties ? inner({ ...schema, type: 'object' }) : null
  }
}

function textOf({ format, pattern, title }: Schema): string {
  if (format === 'date-time') return AT
  // An id: its prefix and 32 digits.
  const prefix = typeof pattern === 'string' ? /^\^([a-z]+_)\[0-9a-f\]\{32\}\$$/.exec(pattern)?.[1] : undefined
  if (prefix) return `${prefix}${DIGITS}`
  if (format === 'uuid') return '01a21f3d-f6ce-7750-8e5b-5998fdc8228b'
  return typeof title === 'string' ? title.toLowerCase() : 'text'
}
