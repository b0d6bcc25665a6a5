import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { KNOWN } from './known-violations.ts'

/** In a process of its own, as `npm run sim` plays them. */
const SCRIPT = join(import.meta.dirname, 'known-violations.ts')
const TIMEOUT_MS = 900_000

describe('what hurt users once', () => {
  const played = new Map<string, unknown>()

  beforeAll(async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT], {
      maxBuffer: 64 * 1024 * 1024,
    })
    for (const line of stdout.trim().split('\n')) {
      const { name, violations } = JSON.parse(line)
      played.set(name, violations)
    }
  }, TIMEOUT_MS)

  test.each(KNOWN.map(([name]) => name))('%s', (name) => {
    expect(played.get(name)).toEqual([])
  })
})
