import type { RenewableCredential } from '../../../src/adapters/azure/token.ts'
import type { Application } from '../../../src/core/model/application.ts'
import type { Report } from '../../../src/core/model/report.ts'
import type { IntentVerb } from '../../../src/core/model/rollout.ts'
import type { Source } from '../../../src/reconcile/ports.ts'
import type { TraceEvent } from '../trace.ts'
import type { Azure } from './azure.ts'
import type { Clocks, SimClock } from './clocks.ts'
import { type Process, startProcess } from './controller.ts'
import type { ControllerSaid } from './scenario.ts'
import type { Wire } from './wire.ts'

/** The controllers: processes that tick when they want to, die, and are started again. */
export interface Office {
  /** When the next of them ticks, or is started. */
  nextAt(): number
  tickDue(): Promise<number>
  pull(application: string, verb: IntentVerb, endpoint: string): void
  setSync(application: string, sync: Partial<Application['sync']>): void
  crash(controller: string, forMs: number): void
  /** The process stands still, and goes on with what it remembers. */
  freeze(controller: string, forMs: number): void
  /** Whatever a data directory holds is gone with the next start. */
  loseDisk(): void
}

export interface OfficeOptions {
  readonly applications: readonly Application[]
  readonly controllers: readonly ControllerSaid[]
  readonly sourceOf: (application: string) => Source
  readonly azure: Azure
  readonly clocks: Clocks
  readonly wire: Wire
  readonly credential: RenewableCredential
  readonly emit: (event: TraceEvent) => void
}

interface Desk {
  readonly said: ControllerSaid
  process: Process | undefined
  nextAt: number
}

/** Whoever runs it starts a dead process again after so long. */
const RESTART_MS = 20_000

export function createOffice(options: OfficeOptions): Office {
  const { azure, wire, emit } = options
  const applications = new Map(options.applications.map((one) => [one.name, one]))
  const desks: Desk[] = options.controllers.map((said, place) => ({
    said,
    process: undefined,
    nextAt: azure.now() + 1000 * (place + 1),
  }))
  const clock = clockOf(options)
  let intents = 0

  function applicationOf({ application }: ControllerSaid): Application {
    const found = applications.get(application)
    if (found === undefined) throw new Error(`The scenario has no Application ${application}.`)
    return found
  }

  function start(desk: Desk): Process {
    const application = applicationOf(desk.said)
    const process = startProcess({
      ...{ name: desk.said.name, application, clock, wire },
      source: options.sourceOf(application.name),
      sandbox: azure.sandbox,
      credential: options.credential,
    })
    emit({ type: 'restart', at: azure.now(), controller: desk.said.name })
    return process
  }

  function leave(desk: Desk, forMs: number): void {
    desk.process?.die()
    desk.process = undefined
    desk.nextAt = azure.now() + forMs
    emit({ type: 'crash', at: azure.now(), controller: desk.said.name })
  }

  async function turn(desk: Desk): Promise<void> {
    const process = desk.process ?? start(desk)
    desk.process = process
    const report = await process.tick()
    if (report === undefined) {
      // A crash that came as an event has left the desk already.
      if (desk.process === process) leave(desk, RESTART_MS)
      return
    }
    const { name, application } = desk.said
    emit({ type: 'plan', at: azure.now(), controller: name, application, report })
    const { intervalMs } = applicationOf(desk.said).sync
    desk.nextAt = azure.now() + pauseMs(report, intervalMs, clock.now())
  }

  function desksOf(controller: string): readonly Desk[] {
    return desks.filter(({ said }) => said.name === controller)
  }

  return {
    nextAt: () => Math.min(...desks.map(({ nextAt }) => nextAt)),
    async tickDue() {
      const due = desks.filter(({ nextAt }) => nextAt <= azure.now())
      await Promise.all(due.map(turn))
      return due.length
    },
    pull(application, verb, endpoint) {
      intents += 1
      const intent = { id: `i${intents}`, verb, endpoint, who: 'op', why: 'sim', at: clock.now() }
      for (const desk of desks) {
        if (desk.said.application !== application || desk.process === undefined) continue
        void desk.process.inbox.put(intent)
        desk.nextAt = Math.min(desk.nextAt, azure.now())
      }
    },
    setSync(application, sync) {
      const found = applications.get(application)
      if (found === undefined) return
      applications.set(application, { ...found, sync: { ...found.sync, ...sync } })
      // A changed Application is a process started anew.
      for (const desk of desks) if (desk.said.application === application) leave(desk, 1000)
    },
    crash: (controller, forMs) =>
      desksOf(controller).forEach((desk) => {
        leave(desk, forMs)
      }),
    freeze(controller, forMs) {
      for (const desk of desksOf(controller)) desk.nextAt = azure.now() + forMs
    },
    loseDisk() {
      // The processes of today keep nothing there that decides.
    },
  }
}

/** As the production loop pauses, without its jitter. */
function pauseMs({ plan }: Report, intervalMs: number, now: number): number {
  if (plan.wakeAt === undefined) return intervalMs
  return Math.max(200, Math.min(intervalMs, plan.wakeAt - now))
}

/** A sleep lets time pass for all. */
function clockOf({ azure, clocks }: OfficeOptions): SimClock {
  return {
    now: () => clocks.show('controller'),
    steady: () => azure.now(),
    async sleep(ms, signal) {
      if (!signal.aborted) azure.advanceTo(azure.now() + Math.max(0, ms))
    },
  }
}
