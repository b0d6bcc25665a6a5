import type { MemoryInbox } from '../../src/adapters/inbox/memory.ts'
import { createJournal, type MemoryJournal } from '../../src/adapters/journal/memory.ts'
import type { Application } from '../../src/core/model/application.ts'
import type { World } from '../../src/core/model/live.ts'
import type { Memory } from '../../src/core/model/memory.ts'
import type { Action } from '../../src/core/model/plan.ts'
import type { Report } from '../../src/core/model/report.ts'
import { type LoopOptions, loop, type Wakeup } from '../../src/reconcile/loop.ts'
import type { NeighbourApplication } from '../../src/reconcile/neighbours.ts'
import type { Cloud, Ports, Source } from '../../src/reconcile/ports.ts'
import { createReader } from '../../src/reconcile/read.ts'
import { type TickOptions, tick } from '../../src/reconcile/tick.ts'
import { quietPorts } from './quiet-ports.ts'
import { carriedOut, NOW, SYNC, world } from './world.ts'

export const POLL_MS = 5000

/** The shell over the simplest Azure there can be: real reading, planning and reporting, time that moves when asked to. */
export interface Reconciler {
  readonly journal: MemoryJournal
  readonly inbox: MemoryInbox
  /** Lets time pass. */
  advance(ms: number): void
  readonly started: Action[]
  /** What the loop slept, in milliseconds. */
  readonly sleeps: number[]
  /** Errors that the loop was told are bugs. */
  readonly bugs: unknown[]
  world: World
  tick(change?: Partial<Ports>, more?: Partial<TickOptions>): Promise<Report>
  /** Ticks, moving the clock to whenever the plan asks for, until nothing more will happen. */
  settle(): Promise<Report>
  /** The loop until it has slept so often. */
  loop(
    sleeps: number,
    change?: Partial<Ports>,
    listen?: (bell: Wakeup) => void,
    more?: Partial<LoopOptions>,
  ): Promise<Report | undefined>
  /** Ctrl-C, for the loop under way. */
  interrupt(): void
  /** Another process: nothing remembered. */
  restart(): void
}

export function createReconciler(
  source: Source,
  overrides: Partial<Cloud> = {},
  neighbours: readonly NeighbourApplication[] = [],
): Reconciler {
  const application: Application = {
    name: 'app',
    source: { repository: 'memory', revision: 'main', path: '' },
    workspace: { sandbox: true },
    sync: SYNC,
    variables: {},
  }
  let now = NOW
  let memory: Memory = {}
  let reader = createReader(source, application)
  let turn = 0
  let stop = new AbortController()
  let onSleep = (): void => {}
  const azure: Cloud = {
    observe: async () => reconciler.world,
    async start(action) {
      reconciler.started.push(action)
      reconciler.world = carriedOut(reconciler.world, action)
      return { action, result: 'Started' }
    },
  }
  // What a test overrides may come later.
  const cloud: Cloud = {
    observe: (...asked) => (overrides.observe ?? azure.observe)(...asked),
    start: (...asked) => (overrides.start ?? azure.start)(...asked),
  }
  const clock = {
    now: () => now,
    async sleep(ms: number, signal: AbortSignal) {
      if (signal.aborted) return
      now += ms
      reconciler.sleeps.push(ms)
      onSleep()
    },
  }
  const journal = createJournal({ history: 10 })
  const quiet = quietPorts()
  const ports: Ports = { source, cloud, ...quiet, journal, clock }
  const reconciler: Reconciler = {
    journal,
    inbox: quiet.inbox,
    advance(ms) {
      now += ms
    },
    started: [],
    sleeps: [],
    bugs: [],
    world: world(),
    async tick(change = {}, more = {}) {
      turn += 1
      const setting = {
        application,
        reader,
        neighbours,
        tick: turn,
        dryRun: false,
        pollMs: POLL_MS,
        ...more,
      }
      const done = await tick(
        { ...ports, ...change },
        setting,
        memory,
        new AbortController().signal,
      )
      memory = done.memory
      return done.report
    },
    async settle() {
      for (let ticks = 0; ticks < 100; ticks += 1) {
        const report = await reconciler.tick()
        const { wakeAt } = report.plan
        if (wakeAt === undefined) return report
        now = Math.max(now, wakeAt)
      }
      throw new Error(`not settled: ${JSON.stringify(journal.latest()?.plan.held)}`)
    },
    async loop(sleeps, change = {}, listen, more = {}) {
      stop = new AbortController()
      onSleep = () => {
        if (reconciler.sleeps.length >= sleeps) stop.abort()
      }
      const options: LoopOptions = {
        application,
        reader,
        pollMs: POLL_MS,
        jitter: () => 0.5,
        onError: (error) => reconciler.bugs.push(error),
        ...more,
      }
      return loop({ ...ports, ...change }, options, stop.signal, listen)
    },
    interrupt() {
      stop.abort()
    },
    restart() {
      memory = {}
      reader = createReader(source, application)
    },
  }
  return reconciler
}
