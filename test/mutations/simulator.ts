import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Ending, Simulation } from './mutation.ts'
import { runNode } from './process.ts'

const MAIN = 'test/sim/main.ts'
const LIMIT_MS = 600_000

/** Sorts of violations, or what else ended a run. */
async function kindsFound(tree: string, { seeds, workload }: Simulation): Promise<Set<string>> {
  const which = workload === undefined ? [] : ['--workload', workload]
  const args = [MAIN, '--seeds', `${seeds}`, '--keep-going', '--no-shrink', ...which]
  const { code, output } = await runNode(tree, args, LIMIT_MS)
  const kinds = [...output.matchAll(/^ *\d+ × (.+) \([^()]*\)$/gm)].map(([, kind = '']) => kind)
  if (code === undefined) return new Set([...kinds, `no end within ${LIMIT_MS / 1000} s`])
  if (code !== 0 && kinds.length === 0) return new Set([output.trim().slice(-300)])
  return new Set(kinds)
}

const known = new Map<string, Promise<Set<string>>>()

/**
 * What the simulator says of a mutant: that it finds a sort of violation which it does not find in the same seeds of the
 * sound tree.
 */
export async function simulatorSays(
  tree: string,
  sound: string,
  simulation: Simulation,
): Promise<Ending> {
  if (!existsSync(join(tree, MAIN)))
    return { is: 'broken', message: 'there is no simulator in this tree' }
  const key = JSON.stringify(simulation)
  const before = known.get(key) ?? kindsFound(sound, simulation)
  known.set(key, before)
  const expected = await before
  const found = await kindsFound(tree, simulation)
  const by = [...found].filter((kind) => !expected.has(kind))
  return by.length === 0
    ? { is: 'survived' }
    : { is: 'killed', by: by.slice(0, 3), with: 'simulator' }
}
