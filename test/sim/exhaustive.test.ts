import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import { WORKLOADS } from './workloads/index.ts'

/** The share of the exhaustive run that every run of the tests plays, in a process of its own: one workload, whole. */
const ARGUMENTS = ['--workload', 'create', '--output', 'json']

test('every fault at every call of the first commit leaves every invariant as it is', async () => {
  const main = join(import.meta.dirname, 'exhaustive.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [main, ...ARGUMENTS])
  const sums = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
  expect(sums).toMatchObject({ violations: 0 })
  expect(sums.boundaries).toBeGreaterThan(50)
  expect(sums.pairs).toBeGreaterThan(12 * sums.boundaries)
}, 900_000)

test('every workload has a name of its own', () => {
  const names = WORKLOADS.map(({ name }) => name)
  expect(names.filter((name, place) => names.indexOf(name) !== place)).toEqual([])
})
