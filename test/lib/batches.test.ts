import { expect, test } from '@jest/globals'
import { batchesOf } from '../../src/lib/batches.ts'

const ITSELF = (weight: number): number => weight

test.each<readonly [string, readonly number[], { weight: number; things?: number }, number[][]]>([
  ['nothing', [], { weight: 10 }, []],
  ['what fits together', [3, 3, 4, 1], { weight: 10 }, [[3, 3, 4], [1]]],
  ['what is heavier than a batch, by itself', [3, 40, 3], { weight: 10 }, [[3], [40], [3]]],
  ['so many at most', [1, 1, 1], { weight: 10, things: 2 }, [[1, 1], [1]]],
])('a list comes in batches: %s', (_, things, limits, batches) => {
  expect([...batchesOf(things, ITSELF, limits)]).toEqual(batches)
})
