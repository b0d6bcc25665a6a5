import { openProbeSender } from '../../src/adapters/azure/scoring/probe-sender.ts'
import type { Report } from '../../src/core/model/report.ts'
import { faultOf } from '../../src/core/rollout/golden/golden.ts'
import type { Clock, ProbeSender } from '../../src/reconcile/ports.ts'
import { createCommits } from './commits.ts'
import { runUntil } from './rehearsal.ts'
import { type Behaviour, rolloutFiles } from './rollout-files.ts'
import { type Controller, type ControllerOptions, type Simulation, simulate } from './simulation.ts'

/** How far the clock of a workspace goes at once. */
const STEP_MS = 100

/** A clock of a workspace that moves only by `pass`, and lets those who sleep go on as it passes them. */
interface SteppedClock {
  readonly clock: Clock
  pass(ms: number): Promise<void>
}

function steppedClock({ sandbox }: Simulation): SteppedClock {
  const { now } = sandbox.clock
  let sleepers: { readonly at: number; readonly wake: () => void }[] = []
  const wakeDue = (): void => {
    const due = sleepers.filter(({ at }) => at <= now())
    sleepers = sleepers.filter(({ at }) => at > now())
    for (const { wake } of due) wake()
  }
  return {
    clock: {
      now,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          if (signal.aborted) return resolve()
          sleepers.push({ at: now() + ms, wake: resolve })
          signal.addEventListener('abort', () => resolve(), { once: true })
        }),
    },
    async pass(ms) {
      const endMs = now() + ms
      while (now() < endMs) {
        sandbox.clock.advance(Math.min(STEP_MS, endMs - now()))
        wakeDue()
        // What is in process answers within some turns of the event loop.
        for (let turn = 0; turn < 6; turn += 1)
          await new Promise((resolve) => setImmediate(resolve))
      }
    },
  }
}

export const PROBED = `
        - setWeight: 50
        - analysis: { templates: [errors], for: 2m, probe: { requests: golden/*.json, perMinute: 600 } }`
const NO_BAKE = '\n  bake: 0s\n  keep: { for: 1h }\n  deadline: 6h'

/** Five requests, each of which any answer of status 200 will do for. */
const REQUESTS = Object.fromEntries(
  [1, 2, 3, 4, 5].map((amount) => [
    `golden/${amount}.json`,
    `{"request": {"amount": ${amount}}, "maxLatencyMs": 60000}`,
  ]),
)

/** An endpoint without users, whose first revision serves, and a controller that sends what steps ask for. */
export interface Quiet {
  readonly world: Simulation
  readonly controller: Controller
  /** Version 2 of the model, as it is told. */
  commit(behaviour?: Behaviour, steps?: string): void
  /** A process as the first one. */
  start(options?: ControllerOptions): Controller
  /** Ticks as the plan asks for, with what is sent in between, until a report says so or the time is over. */
  until(holds: (report: Report) => boolean, withinMs?: number, by?: Controller): Promise<Report>
  pass(ms: number): Promise<void>
  /** Requests that the endpoint was sent. */
  scored(): number
  close(): Promise<void>
}

export async function quietEndpoint(seed = 3): Promise<Quiet> {
  const world = await simulate({ seed, timeScale: 10 })
  const { clock, pass } = steppedClock(world)
  const senders: ProbeSender[] = []
  const commits = createCommits()
  const start = (options: ControllerOptions = {}): Controller =>
    world.startController(commits, {
      ...options,
      probes(azure) {
        const sender = openProbeSender({ ...azure, clock, faultOf })
        senders.push(sender)
        return sender
      },
    })
  const controller = start()
  const commit = (model: number, steps: string, behaviours = {}): void => {
    commits.commit(rolloutFiles({ model, steps, behaviours, spec: NO_BAKE, others: REQUESTS }))
  }
  commit(1, PROBED)
  await runUntil(world, controller, ({ converged }) => converged)
  world.sandbox.clock.advance(60 * 60_000)
  return {
    ...{ world, controller, start, pass },
    commit: (behaviour = {}, steps = PROBED) => commit(2, steps, { 2: behaviour }),
    async until(holds, withinMs = 3_600_000, by = controller) {
      const endMs = clock.now() + withinMs
      for (;;) {
        const report = await by.tick()
        if (report.problems.some(({ severity }) => severity === 'error'))
          throw new Error(JSON.stringify(report.problems))
        const now = clock.now()
        if (holds(report) || now >= endMs) return report
        await pass(Math.max(200, Math.min((report.plan.wakeAt ?? now + 60_000) - now, 60_000)))
      }
    },
    scored: () => world.calls.filter(({ path }) => path.endsWith('/score')).length,
    async close() {
      await Promise.all(senders.map((one) => one.close()))
    },
  }
}
