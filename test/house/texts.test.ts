import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'

const ROOT = join(import.meta.dirname, '../..')
const OUTSIDE = ['src/adapters/azure', 'src/adapters/analysis']

/** What is made a text there is a number of our own, or a field of the configuration. */
const OWN = [
  'src/adapters/analysis/index.ts',
  'src/adapters/analysis/prometheus/prometheus.ts',
  'src/adapters/azure/http/exact-json.ts',
  'src/adapters/azure/write/blobs.ts',
]

test('what Azure and providers answer is made a text by textIn: String calls what an answer names toString, and fails', () => {
  const files = OUTSIDE.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => `${folder}/${path}`),
  )
  const found = files.filter((file) => /\bString\(/.test(readFileSync(join(ROOT, file), 'utf8')))
  expect(found.sort()).toEqual(OWN)
})
