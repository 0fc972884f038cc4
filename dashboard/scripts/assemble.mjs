// Puts what `next build` leaves beside its standalone server into it.

import { existsSync } from 'node:fs'
import { cp } from 'node:fs/promises'

const from = (path) => new URL(`../${path}`, import.meta.url)
await cp(from('.next/static'), from('.next/standalone/.next/static'), { recursive: true })
if (existsSync(from('public'))) await cp(from('public'), from('.next/standalone/public'), { recursive: true })
