import { parseArgs } from 'node:util'

export const HELP = `npm run mutations -- [options] [NAME…]
  Takes each guard away in a copy of the tree and runs the tests that should notice; exit code 1 when nobody does.
  --only NAME       mutants whose names begin with NAME, or contain it; may be given often (so may NAME alone)
  --jobs N          so many side by side, each in a copy of its own (default 2)
  --by WHO          tests, simulator, or both: the simulator where no test notices (default)
  --seeds N         seeds of the simulator for mutants that name none; only with --by simulator (default 20)
  --no-baseline     does not first see that the tests pass without any mutation
  --write           writes the table into docs/mutations.md; only with all mutants
  --list            names them and does nothing
  --output json     the last line is {mutants, killed, bySimulatorAlone, survivors, broken, seconds}
  --help
`

export interface Options {
  readonly only: readonly string[]
  readonly jobs: number
  readonly by: 'tests' | 'simulator' | 'both'
  readonly seeds: number
  readonly hasBaseline: boolean
  readonly writes: boolean
  readonly lists: boolean
  readonly isJson: boolean
  readonly isHelp: boolean
}

const BY = ['tests', 'simulator', 'both'] as const

export function optionsOf(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    allowNegative: true,
    options: {
      only: { type: 'string', multiple: true, default: [] },
      jobs: { type: 'string', default: '2' },
      by: { type: 'string', default: 'both' },
      seeds: { type: 'string', default: '20' },
      baseline: { type: 'boolean', default: true },
      write: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      output: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const by = BY.find((one) => one === values.by)
  if (by === undefined) throw new Error(`--by is one of ${BY.join(', ')}`)
  if (values.output !== undefined && values.output !== 'json') throw new Error('--output is json')
  const only = [...values.only, ...positionals]
  if (values.write && (only.length > 0 || by !== 'both'))
    throw new Error('--write needs all mutants, and everybody who may notice')
  return {
    only,
    jobs: countOf('--jobs', values.jobs),
    by,
    seeds: countOf('--seeds', values.seeds),
    hasBaseline: values.baseline,
    writes: values.write,
    lists: values.list,
    isJson: values.output === 'json',
    isHelp: values.help,
  }
}

function countOf(name: string, text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new Error(`${name} is a number from 1 on`)
  return Number(text)
}

/** `R1` is not `R11`: a row is a word of its own. */
export function isChosen(name: string, only: readonly string[]): boolean {
  return (
    only.length === 0 ||
    only.some((one) => name.startsWith(`${one} `) || (one.length > 3 && name.includes(one)))
  )
}
