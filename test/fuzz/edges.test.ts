import { afterAll, expect, test } from '@jest/globals'
import { EDGES } from './edges/index.ts'
import { tryEdge } from './edges/run.ts'

afterAll(async () => {
  for (const { close } of EDGES) await close?.()
})

const SEED = 1

test.each(EDGES.map((edge) => [edge.name, edge] as const))(
  'what nobody wrote is answered as it should be: %s (seed 1)',
  async (_, edge) => {
    const stretch = { seed: SEED, from: 0, inputs: 1500, isTimed: false }
    expect(await tryEdge(edge, stretch)).toEqual([])
  },
  120_000,
)
