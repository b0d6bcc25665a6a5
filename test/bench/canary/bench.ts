import type { BakeDecisions } from './bakes.ts'
import type { JudgeSettings, Sabotage } from './ours.ts'
import type { PeerName } from './peers.ts'
import type { Pool } from './pool.ts'
import { type Decisions, emptyDecisions } from './simulate.ts'

/** Runs that each job takes at most; small enough to keep all cores busy to the end. */
const CHUNK = 5_000

/** What all checks share: size, seed, and the workers. */
export class Bench {
  readonly runs: number
  readonly seed: number
  readonly pool: Pool
  private readonly sabotage: Sabotage | undefined
  private readonly tell: (line: string) => void

  constructor(about: {
    readonly runs: number
    readonly seed: number
    readonly pool: Pool
    readonly sabotage: Sabotage | undefined
    readonly tell: (line: string) => void
  }) {
    this.runs = about.runs
    this.seed = about.seed
    this.pool = about.pool
    this.sabotage = about.sabotage
    this.tell = about.tell
  }

  /** Runs of checks that need fewer than C1. */
  get some(): number {
    return Math.ceil(this.runs / 5)
  }

  judge(scenario: string, runs: number, more: Partial<JudgeSettings> = {}): Promise<Decisions> {
    const { sabotage } = this
    const settings = { margin: 1, alpha: 0.01, passes: false, ...more }
    return this.simulate(scenario, runs, sabotage ? { ...settings, sabotage } : settings)
  }

  peer(scenario: string, runs: number, rule: PeerName): Promise<Decisions> {
    return this.simulate(scenario, runs, rule)
  }

  /** Runs of a bake: from the first weight to its end. */
  async bake(scenario: string, runs: number, margin: number): Promise<BakeDecisions> {
    const window = new Int32Array(runs)
    const inBake = new Uint8Array(runs)
    const { sabotage, seed } = this
    const task = { scenario, margin, seed, ...(sabotage === undefined ? {} : { sabotage }) }
    const parts = this.chunks(runs, 1000).map(async ({ from, to }) => {
      const part = await this.pool.run('bakes', { ...task, from, to })
      window.set(part.window, from)
      inBake.set(part.inBake, from)
    })
    await Promise.all(parts)
    this.tell(`${scenario}: ${runs} runs`)
    return { window, inBake }
  }

  /** Ranges of runs, for jobs of one's own. */
  chunks(runs: number, size = CHUNK): readonly { readonly from: number; readonly to: number }[] {
    const count = Math.ceil(runs / size)
    return Array.from({ length: count }, (_, place) => ({
      from: place * size,
      to: Math.min(runs, (place + 1) * size),
    }))
  }

  private async simulate(
    scenario: string,
    runs: number,
    rule: JudgeSettings | PeerName,
  ): Promise<Decisions> {
    const all = emptyDecisions(runs)
    const parts = this.chunks(runs).map(async ({ from, to }) => {
      const part = await this.pool.run('simulate', { scenario, rule, seed: this.seed, from, to })
      for (const name of ['window', 'requests', 'errors', 'pass', 'before'] as const) {
        all[name].set(part[name], from)
      }
    })
    await Promise.all(parts)
    this.tell(`${scenario}: ${runs} runs`)
    return all
  }
}

/** How many runs ended in an abort. */
export function aborts({ window }: Decisions): number {
  return window.reduce((count, at) => count + (at >= 0 ? 1 : 0), 0)
}
