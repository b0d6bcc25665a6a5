import { expect, test } from '@jest/globals'
import { beyond, explore, faultsAt, struck } from './boundaries.ts'
import { check } from './checking.ts'
import { story } from './print.ts'
import { scenarioOf, WORKLOADS } from './workloads/index.ts'

/** The share of all pairs of a call and a fault that every run of the tests plays: `npm run sim:exhaustive` plays all. */
const PLAYED = ['canary', 'halfBroken', 'revert', 'prune']
const EVERY = 397
/** For slow machines only: how many pairs are played does not depend on it. */
const TIMEOUT_MS = 900_000

test.each(PLAYED)(
  'no fault at any call of %s breaks an invariant (one pair in 397)',
  async (name) => {
    const workload = WORKLOADS.find((one) => one.name === name)
    if (workload === undefined) throw new Error(`There is no workload ${name}.`)
    const scenario = scenarioOf(workload, 1)
    const { boundaries, violations } = await explore(scenario, false)
    const faults = boundaries.flatMap(faultsAt).filter((_, place) => place % EVERY === 0)
    const broken: string[] = []
    for (const fault of faults) {
      const spoilt = struck(scenario, fault)
      const found = beyond((await check(spoilt)).violations, violations)
      const told = found.map(({ id, message }) => `${id}: ${message}`)
      if (told.length > 0) broken.push([...told, story(spoilt)].join('\n'))
    }
    expect(boundaries.length).toBeGreaterThan(30)
    expect(broken).toEqual([])
  },
  TIMEOUT_MS,
)
