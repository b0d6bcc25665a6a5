import { parseArgs } from 'node:util'
import { PEERS, rehearse, rehearseAs, SCENARIOS, type Scenario } from '../support/rehearsal.ts'
import { type LiveRow, liveRehearsals } from './live-rehearsals.ts'

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
    'real-time': { type: 'boolean', default: false },
    scenario: { type: 'string', multiple: true, default: [] },
  },
})
const seeds = values.seeds.split(',').map(Number)

const rows: Row[] = []
if (values['real-time']) {
  const live = await liveRehearsals(values.scenario, (row) =>
    process.stderr.write(`${row.scenario}: ${row.end}\n`),
  )
  if (values.output === 'json') process.stdout.write(`${JSON.stringify(live, null, 2)}\n`)
  else printLive(live)
} else {
  for (const scenario of SCENARIOS) {
    rows.push(...(await rowsOf(scenario)))
    process.stderr.write(`${scenario.name}\n`)
  }
  if (values.output === 'json')
    process.stdout.write(`${JSON.stringify({ seeds, rows }, null, 2)}\n`)
  else print()
}

async function rowsOf(scenario: Scenario): Promise<readonly Row[]> {
  const ours = []
  for (const seed of seeds) ours.push(await rehearse(scenario, seed))
  const ends = ours.map(({ status, report }) => {
    const held = report.plan.held.find(({ state }) => state === 'blocked')
    return status?.aborted?.reason ?? held?.reason ?? (report.converged ? 'promoted' : '?')
  })
  const end = [...new Set(ends)].join(', ')
  const found: Row[] = [{ scenario: scenario.name, rule: 'Verdigris', ...meanOf(ours), end }]
  for (const peer of PEERS) {
    const theirs = []
    for (const seed of seeds) theirs.push(await rehearseAs(peer, scenario, seed))
    const aborted = theirs.filter(({ decidedMs }) => decidedMs !== undefined).length
    const how = aborted === 0 ? 'not noticed' : `aborted in ${aborted} of ${seeds.length}`
    found.push({ scenario: scenario.name, rule: peer.name, ...meanOf(theirs), end: how })
  }
  return found
}

function printLive(live: readonly LiveRow[]): void {
  process.stdout.write(
    '| scenario | end | decided after | failed requests of users | of |\n|---|---|---|---|---|\n',
  )
  for (const { scenario, end, decidedSeconds, failed, requests } of live) {
    const after = decidedSeconds === undefined ? '–' : `${decidedSeconds} s`
    process.stdout.write(`| ${scenario} | ${end} | ${after} | ${failed} | ${requests} |\n`)
  }
}

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
