// Writes lib/api/schema.d.ts from docs/openapi.json; with --check it only compares, and fails when they differ.
import { readFile, writeFile } from 'node:fs/promises'
import openapiTS, { astToString } from 'openapi-typescript'

const description = new URL('../../docs/openapi.json', import.meta.url)
const target = new URL('../lib/api/schema.d.ts', import.meta.url)

const head = '// Generated from docs/openapi.json by `npm run generate-api`. Do not edit.\n'
const generated =
  head + astToString(await openapiTS(JSON.parse(await readFile(description, 'utf8')), { defaultNonNullable: false }))

if (!process.argv.includes('--check')) {
  await writeFile(target, generated)
} else if ((await readFile(target, 'utf8')) !== generated) {
  console.error('lib/api/schema.d.ts does not match docs/openapi.json: run npm run generate-api')
  process.exit(1)
}
