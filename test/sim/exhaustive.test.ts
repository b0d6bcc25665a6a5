import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import { explore, faultsAt } from './boundaries.ts'
import { check } from './checking.ts'
import { endsWell, type Pair, Pending, playPacked } from './packed.ts'
import type { TraceEvent } from './trace.ts'
import { scenarioOf, WORKLOADS } from './workloads/index.ts'
import { START_MS } from './world/azure.ts'

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

test('what strikes together is printed as a scenario in which it strikes the same calls, where the story has faults of its own, too', async () => {
  const workload = WORKLOADS.find(({ name }) => name === 'remakeFails')
  if (workload === undefined) throw new Error('there is no such workload')
  const scenario = scenarioOf(workload, 1)
  const { boundaries } = await explore(scenario)
  // After the story's own fault, at calls of the kind that it strikes.
  const late = boundaries.filter(({ call }) => call.at > START_MS + 570_000)
  const pairs = late.flatMap((boundary) =>
    faultsAt(boundary).map((sort): Pair => ({ boundary, sort })),
  )
  const pending = new Pending(pairs.filter((pair) => endsWell(pair) && pair.sort.is === 'fails'))
  const calls = (): { readonly all: string[]; readonly add: (event: TraceEvent) => void } => {
    const all: string[] = []
    return {
      all,
      add: (event) => {
        if (event.type === 'call' && event.fault !== undefined)
          all.push(`${event.at} ${event.method} ${event.path} ${event.fault}`)
      },
    }
  }
  const [packed, printed] = [calls(), calls()]
  const { struck, scenario: same } = await playPacked(scenario, pending, undefined, packed.add)
  await check(same, { ticks: 3000, onEvent: printed.add })
  expect(struck.length).toBeGreaterThan(1)
  expect(printed.all).toEqual(packed.all)
})
