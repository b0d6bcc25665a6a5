import type { Mutation } from '../mutation.ts'

type More = Pick<Mutation, 'also' | 'only' | 'simulator'>

/** Name, text that is found, text in its place, tests. */
export type Row = readonly [
  name: string,
  find: string,
  replace: string,
  tests: readonly string[],
  more?: More,
]

/** The mutants of one file. */
export function inFile(file: string, rows: readonly Row[]): readonly Mutation[] {
  return rows.map(([name, find, replace, tests, more = {}]) => ({
    name,
    file,
    find,
    replace,
    tests,
    ...more,
  }))
}

/** `advance hands` as files of a folder below `test/`. */
export function testsIn(folder: string, names: string): readonly string[] {
  return names.split(' ').map((name) => `test/${folder}/${name}.test.ts`)
}

export function rolloutTests(names: string): readonly string[] {
  return testsIn('core/rollout', names)
}

export function planTests(names: string): readonly string[] {
  return testsIn('core/plan', names)
}

export function judgeTests(names: string): readonly string[] {
  return testsIn('core/judge', names)
}

/** The rows of mutants that the story of a workload notices, in a file of the simulator's stories. */
export function toldIn(file: string) {
  return (name: string, find: string, replace: string, story: string): Row => [
    name,
    find,
    replace,
    testsIn('sim', file),
    { only: `${story}:` },
  ]
}
