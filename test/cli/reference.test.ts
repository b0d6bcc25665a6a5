import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { manifestReference } from '../../src/core/manifests/reference.ts'
import { ROOT } from './program.ts'

test('docs/manifests.md is what `verdigris validate --reference` prints now', () => {
  const kept = readFileSync(join(ROOT, 'docs', 'manifests.md'), 'utf8')
  expect(kept).toBe(`# Manifest reference\n\n${manifestReference().trimEnd()}\n`)
})
