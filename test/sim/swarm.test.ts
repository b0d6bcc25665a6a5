import { expect, test } from '@jest/globals'
import { check } from './checking.ts'
import { scenarioOfSeed } from './mix.ts'
import { story } from './print.ts'

/** The share of the swarm that every run of the tests plays; `npm run sim` plays as many as are wanted. */
const FIRST = 1
const SEEDS = 40
/** For slow machines only: how many seeds are played does not depend on it. */
const TIMEOUT_MS = 900_000

test(
  `in worlds of seeds ${FIRST} to ${FIRST + SEEDS - 1} every invariant holds`,
  async () => {
    const broken: string[] = []
    for (let seed = FIRST; seed < FIRST + SEEDS; seed += 1) {
      const scenario = scenarioOfSeed(seed)
      const { violations } = await check(scenario, { isChecked: seed % 20 === 0 })
      const told = violations.map(({ id, message }) => `${id}: ${message}`)
      if (told.length > 0) broken.push([...told, story(scenario)].join('\n'))
    }
    expect(broken).toEqual([])
  },
  TIMEOUT_MS,
)

test('the same seed gives the same trace, to the last byte', async () => {
  for (const seed of [7, 8]) {
    const [first, second] = [
      await check(scenarioOfSeed(seed), { isHashed: true }),
      await check(scenarioOfSeed(seed), { isHashed: true }),
    ]
    expect(second.hash).toBe(first.hash)
    expect(second.calls).toBe(first.calls)
  }
})

test('another seed of the same workload gives another trace', async () => {
  const [first, second] = [
    await check(scenarioOfSeed(1, 'canary'), { isHashed: true }),
    await check(scenarioOfSeed(2, 'canary'), { isHashed: true }),
  ]
  expect(second.hash).not.toBe(first.hash)
})
