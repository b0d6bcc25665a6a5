import { expect, test } from '@jest/globals'
import { replay } from './checking.ts'
import { IGNORED } from './workloads/ignored.ts'
import { scenarioOf } from './workloads/index.ts'

const SEEDS = [1, 2, 3, 4]

test.each(IGNORED)(
  `users get what they are owed where drift is ignored: $name (seeds ${SEEDS.join(' ')})`,
  async (workload) => {
    for (const seed of SEEDS) expect(await replay(scenarioOf(workload, seed))).toEqual([])
  },
)

test('five workloads are of this kind', () => {
  expect(IGNORED).toHaveLength(5)
})
