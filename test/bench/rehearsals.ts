import { parseArgs } from 'node:util'
import { PEERS, rehearse, rehearseAs, SCENARIOS } from '../support/rehearsal.ts'

/**
 * What a bad revision costs users: every scenario of the rehearsals under our rollout and under the documented rules of
 * Argo Rollouts and Flagger, in worlds with the same seeds, on the sandbox in virtual time at 50 requests a second.
 */
interface Row {
  readonly scenario: string
  readonly rule: string
  /** Requests that the new revision answered, and failed, in the 45 minutes after it was there; the mean of the seeds. */
  readonly requests: number
  readonly failed: number
  /** From the first weight to the decision; absent = no abort under traffic. */
  readonly decidedSeconds?: number
  readonly end: string
}

const { values } = parseArgs({
  options: {
    output: { type: 'string', default: 'text' },
    seeds: { type: 'string', default: '1,2,3' },
  },
})
const seeds = values.seeds.split(',').map(Number)

const rows: Row[] = []
for (const scenario of SCENARIOS) {
  const ours = []
  for (const seed of seeds) ours.push(await rehearse(scenario, seed))
  const ends = ours.map(({ status, report }) => {
    const held = report.plan.held.find(({ state }) => state === 'blocked')
    return status?.aborted?.reason ?? held?.reason ?? (report.converged ? 'promoted' : '?')
  })
  rows.push({
    scenario: scenario.name,
    rule: 'Verdigris',
    ...meanOf(ours),
    end: [...new Set(ends)].join(', '),
  })
  for (const peer of PEERS) {
    const theirs = []
    for (const seed of seeds) theirs.push(await rehearseAs(peer, scenario, seed))
    const aborted = theirs.filter(({ decidedMs }) => decidedMs !== undefined).length
    const end = aborted === 0 ? 'not noticed' : `aborted in ${aborted} of ${seeds.length}`
    rows.push({ scenario: scenario.name, rule: peer.name, ...meanOf(theirs), end })
  }
  process.stderr.write(`${scenario.name}\n`)
}
if (values.output === 'json') process.stdout.write(`${JSON.stringify({ seeds, rows }, null, 2)}\n`)
else print()

type Run = Awaited<ReturnType<typeof rehearseAs>>

function meanOf(runs: readonly Run[]): Pick<Row, 'requests' | 'failed' | 'decidedSeconds'> {
  const mean = (numbers: readonly number[]): number =>
    Math.round(numbers.reduce((sum, one) => sum + one, 0) / numbers.length)
  const decided = runs.flatMap(({ decidedMs }) =>
    decidedMs === undefined ? [] : [decidedMs / 1000],
  )
  return {
    requests: mean(runs.map(({ candidate }) => candidate.requests)),
    failed: mean(runs.map(({ candidate }) => candidate.failed)),
    ...(decided.length === 0 ? {} : { decidedSeconds: mean(decided) }),
  }
}

function print(): void {
  process.stdout.write(
    '| scenario | rule | answered by the new revision | failed | decided after | end |\n',
  )
  process.stdout.write('|---|---|---|---|---|---|\n')
  for (const { scenario, rule, requests, failed, decidedSeconds, end } of rows) {
    const after = decidedSeconds === undefined ? '–' : `${decidedSeconds} s`
    process.stdout.write(
      `| ${scenario} | ${rule} | ${requests} | ${failed} | ${after} | ${end} |\n`,
    )
  }
}
