import { type Ending, editsOf, type Mutation, type Tried } from './mutation.ts'
import type { Options } from './options.ts'
import { simulatorSays } from './simulator.ts'
import { testsSay } from './tests.ts'
import type { Tree } from './tree.ts'

/** Without any mutation the tests have to pass: a test that fails always would notice everything. */
export async function checkSound(tree: Tree, mutations: readonly Mutation[]): Promise<void> {
  const groups = Map.groupBy(mutations, ({ only }) => only ?? '')
  const whole = new Set((groups.get('') ?? []).flatMap(({ tests }) => tests))
  groups.delete('')
  const named = new Set([...groups.values()].flat().flatMap(({ tests }) => tests))
  for (const one of [
    { tests: [...whole] },
    { tests: [...named], only: [...groups.keys()].join('|') },
  ]) {
    if (one.tests.length === 0) continue
    const ending = await testsSay(tree.path, one, 'end')
    if (ending.is === 'survived') continue
    const why = ending.is === 'killed' ? ending.by.join('; ') : ending.message
    throw new Error(`these tests fail without any mutation: ${why}`)
  }
}

/** Each mutant in the first tree that is free; `sound` is one that nobody changes. */
export async function tryAll(
  mutations: readonly Mutation[],
  { trees, sound }: { readonly trees: readonly Tree[]; readonly sound: Tree },
  options: Options,
  told: (tried: Tried, count: number) => void,
): Promise<readonly Tried[]> {
  const done: Tried[] = []
  const waiting = [...mutations]
  const work = async (tree: Tree): Promise<void> => {
    for (let mutation = waiting.shift(); mutation !== undefined; mutation = waiting.shift()) {
      const startedAt = performance.now()
      const ending = await endingOf(tree, sound, mutation, options)
      const tried = { mutation, ending, seconds: (performance.now() - startedAt) / 1000 }
      done.push(tried)
      told(tried, done.length)
    }
  }
  await Promise.all(trees.map(work))
  return mutations.flatMap((mutation) => done.find((one) => one.mutation === mutation) ?? [])
}

async function endingOf(
  tree: Tree,
  sound: Tree,
  mutation: Mutation,
  { by, seeds }: Options,
): Promise<Ending> {
  const missing = tree.apply(editsOf(mutation))
  if (missing !== undefined)
    return { is: 'broken', message: `the text to replace is not there once: ${missing}` }
  try {
    const isTested = by !== 'simulator' && mutation.tests.length > 0
    const said: Ending = isTested ? await testsSay(tree.path, mutation) : { is: 'survived' }
    const simulation = by === 'simulator' ? { seeds, ...mutation.simulator } : mutation.simulator
    if (said.is !== 'survived' || by === 'tests' || simulation === undefined) return said
    return await simulatorSays(tree.path, sound.path, simulation)
  } finally {
    tree.restore()
  }
}
