import { aborts, type Bench } from './bench.ts'
import { PEER_NAMES } from './peers.ts'
import { scenarioOf, WINDOW_S } from './scenarios.ts'
import type { Decisions } from './simulate.ts'
import { meanOf } from './statistics.ts'

/** One rule on one scenario: share of runs it aborts; of those, candidate requests and failures until then, on average. */
export interface Cell {
  readonly rule: string
  /** 0 where the rule does not come to a verdict at all: Kayenta needs an hour. */
  readonly runs: number
  readonly aborted: number
  readonly requests?: number
  readonly failed?: number
}

export interface Row {
  readonly scenario: string
  readonly title: string
  readonly cells: readonly Cell[]
}

/** The scenarios of the peers' table: those without a regression first. */
const ROWS = [
  'long',
  'long-rare',
  'steps-10',
  'steps-50',
  'incident',
  'trickle',
  'a-2-0.01',
  'a-2-0.001',
  'a-5-0.01',
  'a-5-0.001',
  'broken-0.01-0.05-50',
]

/** Half a millisecond each: Kayenta's sorts 3,600 differences for every hour. */
const SLOW_RUNS = 400
const HOUR_S = 3600

/** Everybody's rule on the same streams: as many of C1's runs as there is time for. */
export async function peersTable(bench: Bench): Promise<readonly Row[]> {
  const runs = Math.min(4000, bench.runs)
  return Promise.all(
    ROWS.map(async (scenario) => {
      const ours = [1, 1.1].map(async (margin) =>
        cellOf(`Verdigris, ρ = ${margin}`, await bench.judge(scenario, runs, { margin })),
      )
      const theirs = PEER_NAMES.map(async (rule) => {
        const isKayenta = rule.startsWith('Kayenta')
        const isTooShort = isKayenta && scenarioOf(scenario).windows * WINDOW_S < HOUR_S
        if (isTooShort) return { rule, runs: 0, aborted: 0 }
        const count = isKayenta ? Math.min(SLOW_RUNS, runs) : runs
        return cellOf(rule, await bench.peer(scenario, count, rule))
      })
      const cells = await Promise.all([...ours, ...theirs])
      return { scenario, title: scenarioOf(scenario).title, cells }
    }),
  )
}

function cellOf(rule: string, decisions: Decisions): Cell {
  const runs = decisions.window.length
  const count = aborts(decisions)
  const isAborted = (_: number, run: number) => (decisions.window[run] as number) >= 0
  if (count === 0) return { rule, runs, aborted: 0 }
  return {
    rule,
    runs,
    aborted: count / runs,
    requests: meanOf(decisions.requests.filter(isAborted)),
    failed: meanOf(decisions.errors.filter(isAborted)),
  }
}
