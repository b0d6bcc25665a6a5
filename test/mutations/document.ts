import { editsOf, type Tried } from './mutation.ts'

const INTRO = `# What holds a rollout, and what fails without it

A test that cannot fail guards nothing. So every guard of the planner, the rollout engine, the judge, the readers of Git
and the adapter of Azure is taken away, one after the other, in a copy of the tree, and the tests that should notice are run there:

\`\`\`sh
npm run mutations -- --jobs 2          # all of them
npm run mutations -- --only R5         # those of a row
npm run mutations -- --only 'golden'   # those with a word in their names
npm run mutations -- --help
\`\`\`

The exit code is 1 when nobody notices a mutant, or when a guard is no longer where the tables of mutations
(\`test/mutations/tables/\`) look for it. The last is held by \`npm test\`, too. Names begin with the row of INVARIANTS that a
mutant breaks: R1 to R20 are the failures of progressive delivery elsewhere (§1.1, with their sources), P1 to P11 those of
pruning (§1.2), S1 to S31 what must always hold, L what must come in the end. Where no fast test can notice, the simulator
does (\`npm run sim\`): a sort of violation that it does not find in the same seeds of the sound tree.

This page is written by \`npm run mutations -- --write\`.

| Guard that is taken away | Where | Who notices |
| --- | --- | --- |
`

export function documentOf(all: readonly Tried[]): string {
  return `${INTRO}${all.map(lineOf).join('\n')}\n\n${summaryOf(all)}\n`
}

function lineOf({ mutation, ending }: Tried): string {
  const files = [...new Set(editsOf(mutation).map(({ file }) => `\`${file}\``))].join(', ')
  const cells = [mutation.name, files, told(ending)]
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function told(ending: Tried['ending']): string {
  if (ending.is === 'survived') return '**nobody**'
  if (ending.is === 'broken') return `**${ending.message}**`
  const by = ending.by[0] ?? ''
  return ending.with === 'simulator' ? `the simulator: ${by}` : by
}

export interface Summary {
  readonly mutants: number
  readonly killed: number
  readonly bySimulatorAlone: readonly string[]
  readonly survivors: readonly string[]
  readonly broken: readonly string[]
}

export function countsOf(all: readonly Tried[]): Summary {
  const named = (test: (tried: Tried) => boolean) =>
    all.filter(test).map(({ mutation }) => mutation.name)
  return {
    mutants: all.length,
    killed: all.filter(({ ending }) => ending.is === 'killed').length,
    bySimulatorAlone: named(({ ending }) => ending.is === 'killed' && ending.with === 'simulator'),
    survivors: named(({ ending }) => ending.is === 'survived'),
    broken: named(({ ending }) => ending.is === 'broken'),
  }
}

export function summaryOf(all: readonly Tried[]): string {
  const { mutants, killed, bySimulatorAlone } = countsOf(all)
  return `${killed} of ${mutants} mutants are noticed, ${bySimulatorAlone.length} of them by the simulator alone.`
}
