import { fork } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { type Figures, type Found, runStretch } from './run.ts'

/** Manifests that nobody wrote, read as `validate` reads them. `npm run fuzz -- --help`. */

const HELP = `npm run fuzz -- [options]
  --inputs N      how many inputs (default 100000)
  --seed S        which ones: the same seed makes the same inputs (default 1)
  --minutes M     ends after so many minutes at the latest (default 60)
  --jobs J        processes at once (default 2)
  --output json   the last line is {inputs, accepted, failures, seconds, inputsPerSecond}

Of each input it is asked: no exception, no more than 50 ms of processor time, the same answer whatever the order of the
files, a place for every problem; and that what is accepted, once it is live, is imported as a manifest that means the
same. An input for which that is not so is made short and printed as a case of test/fuzz/found.test.ts. Exit code 1 then.
`

const { values: said } = parseArgs({
  options: {
    inputs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '60' },
    jobs: { type: 'string', default: '2' },
    output: { type: 'string' },
    help: { type: 'boolean', default: false },
    // Of one of the processes: which of the jobs it is.
    part: { type: 'string' },
  },
})

const out = (text: string): boolean => process.stdout.write(`${text}\n`)
const jobs = Number(said.jobs)
const endsAt = Date.now() + Number(said.minutes) * 60_000

function work(part: number): void {
  const stretch = {
    seed: Number(said.seed),
    from: part,
    inputs: Number(said.inputs),
    step: jobs,
    endsAt,
    isTimed: true,
  }
  const figures = runStretch(
    stretch,
    (found) => process.send?.({ found }),
    (soFar) => process.send?.({ figures: soFar }),
  )
  process.send?.({ figures })
}

async function lead(): Promise<boolean> {
  const startedAt = performance.now()
  const parts: Figures[] = Array.from({ length: jobs }, () => ({
    inputs: 0,
    accepted: 0,
    failures: 0,
  }))
  const seconds = () => Math.round((performance.now() - startedAt) / 100) / 10
  let toldAt = 0
  const codes = await Promise.all(
    parts.map(async (_, part) => {
      const child = fork(import.meta.filename, [...process.argv.slice(2), '--part', String(part)])
      child.on('message', (message: { readonly found?: Found; readonly figures?: Figures }) => {
        if (message.found !== undefined) out(caseOf(message.found))
        if (message.figures === undefined) return
        parts[part] = message.figures
        if (seconds() - toldAt < 10) return
        toldAt = seconds()
        progress(sumOf(parts), toldAt)
      })
      const [code] = await once(child, 'exit')
      return code === 0
    }),
  )
  const sum = sumOf(parts)
  progress(sum, seconds())
  const inputsPerSecond = Math.round(sum.inputs / seconds())
  if (said.output === 'json') out(JSON.stringify({ ...sum, seconds: seconds(), inputsPerSecond }))
  return codes.every(Boolean) && sum.failures === 0
}

function sumOf(parts: readonly Figures[]): Figures {
  const sum = (of: (figures: Figures) => number) => parts.reduce((all, one) => all + of(one), 0)
  return {
    inputs: sum(({ inputs }) => inputs),
    accepted: sum(({ accepted }) => accepted),
    failures: sum(({ failures }) => failures),
  }
}

function progress({ inputs, accepted, failures }: Figures, seconds: number): void {
  const rate = Math.round(inputs / Math.max(seconds, 0.1))
  out(`${inputs} inputs in ${seconds} s (${rate}/s): ${accepted} accepted, ${failures} failures`)
}

function caseOf({ seed, index, failure, input }: Found): string {
  const { path, text, way } = input
  return [
    `${failure.sort}, by input ${index} of seed ${seed} (${way}): ${failure.message}`,
    `  [${JSON.stringify(failure.sort)}, ${JSON.stringify(path)}, ${JSON.stringify(text)}],`,
  ].join('\n')
}

if (said.help) out(HELP)
else if (said.part !== undefined) work(Number(said.part))
else if (!(await lead())) process.exitCode = 1
