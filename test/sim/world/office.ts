import type { RenewableCredential } from '../../../src/adapters/azure/identity/token.ts'
import type { Application } from '../../../src/core/model/application.ts'
import type { Report } from '../../../src/core/model/report.ts'
import type { Intent } from '../../../src/core/model/rollout.ts'
import { revisionShown } from '../../../src/core/report/revision-shown.ts'
import type { NeighbourApplication } from '../../../src/reconcile/neighbours.ts'
import type { Refusals, Source } from '../../../src/reconcile/ports.ts'
import { createReader } from '../../../src/reconcile/read.ts'
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
  /** How many ticks ago the last of the controllers had anything to do or to wait for. */
  restingTicks(): number
  /** Something happened: whoever rests has not looked at it yet. */
  disturb(): void
  /**
   * As by the API: about the revision that the last report shows. Gives the id. An operator whose controller dies before
   * it has answered says the same again when it is back.
   */
  pull(application: string, verb: Intent['verb'], endpoint: string): string
  setSync(application: string, sync: Partial<Application['sync']>): void
  crash(controller: string, forMs: number): void
  /** The process stands still, and goes on with what it remembers. */
  freeze(controller: string, forMs: number): void
  /** Somebody has set the machines' clocks right, and starts anew what was started by a wrong one: a running process follows no jump. */
  clocksRepaired(): void
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
  /** What a dead process leaves to the next one. */
  readonly refusals: Refusals
  process: Process | undefined
  /** The last that operators have seen. */
  report: Report | undefined
  nextAt: number
  restingTicks: number
  /** What operators have said and was not answered yet. */
  readonly unanswered: Set<Intent>
  /** How far the clock was out when the process started. */
  errorMs: number
  /** It is ended then, for good. */
  readonly endsAt: number
}

/** So much is corrected without a jump. */
const CORRECTED_MS = 60_000

/** Whoever runs it starts a dead process again after so long. */
const RESTART_MS = 20_000

function isResting({ converged, plan }: Report): boolean {
  return converged && plan.wakeAt === undefined
}

function refusalsOnDisk(): Refusals {
  let kept: ReturnType<Refusals['recall']> = []
  return {
    recall: () => kept,
    keep(refusals) {
      kept = structuredClone(refusals)
    },
  }
}

export function createOffice(options: OfficeOptions): Office {
  const { azure, wire, emit } = options
  const applications = new Map(options.applications.map((one) => [one.name, one]))
  const desks: Desk[] = options.controllers.map((said, place) => ({
    said,
    refusals: refusalsOnDisk(),
    process: undefined,
    restingTicks: 0,
    report: undefined,
    unanswered: new Set(),
    errorMs: 0,
    nextAt: azure.now() + (said.fromMs ?? 0) + 1000 * (place + 1),
    endsAt: azure.now() + (said.untilMs ?? Number.POSITIVE_INFINITY),
  }))
  const startMs = azure.now()
  const clock = clockOf(options)
  let intents = 0

  function applicationOf(name: string): Application {
    const found = applications.get(name)
    if (found === undefined) throw new Error(`The scenario has no Application ${name}.`)
    return found
  }

  function start(desk: Desk): Process {
    const application = applicationOf(desk.said.application)
    const process = startProcess({
      ...{ name: desk.said.name, application, clock, wire, refusals: desk.refusals },
      source: options.sourceOf(application.name),
      sandbox: azure.sandbox,
      credential: options.credential,
      neighbours: neighboursOf(application.name),
    })
    emit({ type: 'restart', at: azure.now(), controller: desk.said.name })
    return process
  }

  /** As one process that has all of them: those of its time, each with a reader that lives as long as the process. */
  function neighboursOf(own: string): () => readonly NeighbourApplication[] {
    const readers = new Map<string, NeighbourApplication>()
    return () => {
      const present = desks.filter(({ said, endsAt }) => isOfNow(said, endsAt))
      const names = new Set(present.map(({ said }) => said.application))
      names.delete(own)
      return [...names].map((name) => {
        const application = applicationOf(name)
        const reader =
          readers.get(name)?.reader ?? createReader(options.sourceOf(name), application)
        readers.set(name, { application, reader })
        return { application, reader }
      })
    }
  }

  function isOfNow({ fromMs = 0 }: ControllerSaid, endsAt: number): boolean {
    return azure.now() >= startMs + fromMs && azure.now() < endsAt
  }

  function leave(desk: Desk, forMs: number): void {
    desk.process?.die()
    desk.process = undefined
    desk.restingTicks = 0
    desk.nextAt = azure.now() + forMs
    emit({ type: 'crash', at: azure.now(), controller: desk.said.name })
  }

  function processOf(desk: Desk): Process {
    if (desk.process !== undefined) return desk.process
    desk.errorMs = clock.now() - azure.now()
    const process = start(desk)
    desk.process = process
    for (const intent of desk.unanswered) say(desk, process, intent)
    return process
  }

  function say(desk: Desk, process: Process, intent: Intent): void {
    void process.inbox.put(intent).then(() => desk.unanswered.delete(intent))
  }

  async function turn(desk: Desk): Promise<void> {
    if (azure.now() >= desk.endsAt) {
      leave(desk, Number.POSITIVE_INFINITY)
      return
    }
    const process = processOf(desk)
    const report = await process.tick()
    // A crash that came as an event has left the desk already.
    const isStillThere = desk.process === process
    if (report !== undefined) tell(desk, process, report)
    else if (isStillThere) leave(desk, RESTART_MS)
  }

  function tell(desk: Desk, process: Process, report: Report): void {
    if (desk.process === process) desk.report = report
    const { name, application } = desk.said
    emit({ type: 'plan', at: azure.now(), controller: name, application, report })
    desk.restingTicks = isResting(report) ? desk.restingTicks + 1 : 0
    const { intervalMs } = applicationOf(application).sync
    desk.nextAt = azure.now() + pauseMs(report, intervalMs, process.now())
  }

  function desksOf(controller: string): readonly Desk[] {
    return desks.filter(({ said }) => said.name === controller)
  }

  return {
    disturb() {
      for (const desk of desks) desk.restingTicks = 0
    },
    nextAt: () => Math.min(...desks.map(({ nextAt }) => nextAt)),
    async tickDue() {
      const due = desks.filter(({ nextAt }) => nextAt <= azure.now())
      await Promise.all(due.map(turn))
      return due.length
    },
    restingTicks: () =>
      Math.min(
        ...desks.filter(({ nextAt }) => Number.isFinite(nextAt)).map((desk) => desk.restingTicks),
      ),
    pull(application, verb, endpoint) {
      intents += 1
      const intent = { id: `i${intents}`, verb, endpoint, who: 'op', why: 'sim', at: clock.now() }
      for (const desk of desks) {
        if (desk.said.application !== application) continue
        const meant = { ...intent, ...aboutIn(desk.report, intent) }
        desk.unanswered.add(meant)
        if (desk.process === undefined) continue
        say(desk, desk.process, meant)
        desk.nextAt = Math.min(desk.nextAt, azure.now())
      }
      return intent.id
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
    clocksRepaired() {
      for (const desk of desks)
        if (desk.process !== undefined && Math.abs(desk.errorMs) >= CORRECTED_MS) leave(desk, 1000)
    },
  }
}

/** What whoever says so sees. */
function aboutIn(
  report: Report | undefined,
  { verb, endpoint }: Pick<Intent, 'verb' | 'endpoint'>,
): Pick<Intent, 'about'> {
  const seen = report?.resources.find(({ rollout }) => rollout?.endpoint === endpoint)?.rollout
  const revision = seen && revisionShown(seen, verb)
  return revision === undefined ? {} : { about: { revision } }
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
