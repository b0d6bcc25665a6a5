import type { Application } from '../../../src/core/model/application.ts'
import { SYNC } from '../../support/world.ts'
import type { TraceEvent } from '../trace.ts'
import { type Azure, openWorld } from './azure.ts'
import { type Clocks, createClocks } from './clocks.ts'
import { credentialOf } from './controller.ts'
import { createGit, type Git } from './git.ts'
import { edit } from './hand.ts'
import type { Metrics } from './metrics.ts'
import { createOffice, type Office } from './office.ts'
import type { RunOptions } from './run.ts'
import type { HandEdit, Scenario, SimEvent } from './scenario.ts'
import { filesOf, type Tree } from './tree.ts'
import { createWire, type Wire } from './wire.ts'

/** The world of a run: what happens in it when time passes. */
export interface Stage {
  readonly startMs: number
  now(): number
  calls(): number
  begin(): void
  /** When the next process wants to tick, or the next event is due. */
  nextDueAt(): number
  /** Lets time pass, with what is due on the way. */
  advanceTo(at: number): void
  /** Those ticks that are due, side by side where there are several; gives how many. */
  tickDue(): Promise<number>
  endFaults(): void
}

interface Parts {
  readonly scenario: Scenario
  readonly azure: Azure
  readonly clocks: Clocks
  readonly wire: Wire
  readonly metrics: Metrics
  readonly gits: ReadonlyMap<string, Git>
  readonly office: Office
  readonly emit: (event: TraceEvent) => void
}

type Emit = (event: TraceEvent) => void

export async function createStage(
  scenario: Scenario,
  options: RunOptions & { readonly emit: Emit },
): Promise<Stage> {
  const { emit } = options
  const azure = await openWorld(
    { seed: scenario.seed, isChecked: options.isChecked === true },
    emit,
  )
  const clocks = createClocks(azure.now)
  const metrics: Metrics = { clocks, fault: undefined, resetAt: undefined }
  const startMs = azure.now()
  const agenda = createAgenda(scenario.events, startMs)
  const wait = (ms: number): void => azure.advanceTo(azure.now() + ms)
  const gits = new Map(
    scenario.applications.map(({ name, source }) => [name, createGit(source === 'folder', wait)]),
  )
  const onCall = options.onCall
  const wire = createWire({
    sandbox: azure.sandbox,
    metrics,
    now: azure.now,
    wait,
    beforeCall: () => happen(agenda.due(azure.now())),
    changed: () => azure.changed('call'),
    emit,
    ...(onCall && { onCall: (call, count) => onCall(call, count, azure.now() - startMs) }),
  })
  const office = createOffice({
    applications: scenario.applications.map(({ name, sync }) => applicationOf(name, sync)),
    controllers: scenario.controllers,
    sourceOf: (application) => gits.get(application)?.source ?? never(application),
    ...{ azure, clocks, wire, emit },
    credential: await credentialOf(azure.sandbox, () => clocks.show('controller')),
  })
  const parts = { scenario, azure, clocks, wire, metrics, gits, office, emit }

  function happen(events: readonly SimEvent[]): void {
    for (const event of events) befall(parts, event, agenda)
  }

  return {
    startMs,
    now: azure.now,
    calls: wire.count,
    begin() {
      azure.changed('start')
      happen(agenda.due(azure.now()))
    },
    nextDueAt: () => Math.min(office.nextAt(), agenda.nextAt()),
    advanceTo(at) {
      for (;;) {
        const next = Math.min(agenda.nextAt(), at)
        azure.advanceTo(next)
        if (agenda.nextAt() > azure.now()) return
        happen(agenda.due(azure.now()))
      }
    },
    tickDue: office.tickDue,
    endFaults() {
      wire.disarm()
      metrics.fault = undefined
      for (const git of gits.values()) git.set(undefined)
      azure.endAll()
      emit({ type: 'faultsEnd', at: azure.now() })
    },
  }
}

function never(name: string): never {
  throw new Error(`The scenario has no Application ${name}.`)
}

function applicationOf(name: string, sync: Partial<Application['sync']> = {}): Application {
  return {
    name,
    source: { repository: name, revision: 'main', path: '' },
    workspace: { sandbox: true },
    sync: { ...SYNC, ...sync },
    variables: {},
  }
}

/** What is still to come, in its order. */
interface Agenda {
  nextAt(): number
  due(at: number): readonly SimEvent[]
  /** `at` is an instant of the world. */
  later(at: number, event: SimEvent): void
}

function createAgenda(events: readonly SimEvent[], startMs: number): Agenda {
  const ahead = events.map((event) => ({ at: startMs + event.at, event }))
  ahead.sort((left, right) => left.at - right.at)
  return {
    nextAt: () => ahead[0]?.at ?? Number.POSITIVE_INFINITY,
    due(at) {
      const count = ahead.findIndex((one) => one.at > at)
      return ahead.splice(0, count < 0 ? ahead.length : count).map(({ event }) => event)
    },
    later(at, event) {
      const place = ahead.findIndex((one) => one.at > at)
      ahead.splice(place < 0 ? ahead.length : place, 0, { at, event })
    },
  }
}

function befall(parts: Parts, event: SimEvent, agenda: Agenda): void {
  const { azure, office, emit } = parts
  const at = azure.now()
  switch (event.do) {
    case 'commit':
      return commit(parts, event)
    case 'users':
      return azure.users.set(event.endpoint, event.perSecond)
    case 'lever':
      office.pull(event.application, event.verb, event.endpoint)
      return emit({ type: 'intent', at, ...leverOf(event) })
    case 'hand':
      return byHand(parts, event, agenda)
    case 'model':
      return azure.turn(event.model, event.quality)
    case 'sync':
      return office.setSync(event.application, event.sync)
    default:
      return goWrong(parts, event, agenda)
  }
}

function leverOf({ application, verb, endpoint }: Extract<SimEvent, { do: 'lever' }>) {
  return { application, verb, endpoint }
}

function commit(
  { scenario, gits, azure, emit }: Parts,
  { application, tree, forced }: { application: string; tree: Tree; forced?: number },
): void {
  const files = filesOf(tree, (model) => scenario.models[model] ?? 'sound')
  const revision = gits.get(application)?.commit(files, forced) ?? never(application)
  const subject = JSON.stringify(tree).slice(0, 200)
  const isForced = (forced ?? 0) > 0
  emit({
    ...{ type: 'commit', at: azure.now(), application, revision, subject, files },
    forced: isForced,
  })
}

const AGAIN_MS = 5000
const TRIES = 12

/** Azure refuses while it is at work: a person tries again for a minute. */
function byHand(
  { azure, emit }: Parts,
  event: SimEvent & HandEdit & { readonly tries?: number },
  agenda: Agenda,
): void {
  const path = edit(azure, event)
  if (path !== undefined) {
    emit({ type: 'hand', at: azure.now(), what: event.edit, path })
    return azure.changed('hand')
  }
  const { tries = 1 } = event
  if (tries >= TRIES) return
  const again = { ...event, tries: tries + 1 }
  agenda.later(azure.now() + AGAIN_MS, again)
}

type GoesWrong = Exclude<SimEvent, { do: 'commit' | 'users' | 'lever' | 'hand' | 'model' | 'sync' }>

function goWrong(parts: Parts, event: GoesWrong, agenda: Agenda): void {
  const { azure, wire, office, gits, metrics, clocks, emit } = parts
  const at = azure.now()
  const until = 'forMs' in event ? at + event.forMs : undefined
  emit({ type: 'fault', at, name: nameOf(event), ...(until === undefined ? {} : { until }) })
  const isOver = 'forMs' in event && event.forMs === 0
  if (until !== undefined && !isOver && event.do !== 'crash' && event.do !== 'freeze')
    agenda.later(until, { ...event, forMs: 0 } as SimEvent)
  switch (event.do) {
    case 'call':
      return wire.arm(event)
    case 'crash':
      return office.crash(event.controller, event.forMs)
    case 'freeze':
      return office.freeze(event.controller, event.forMs)
    case 'slowCalls':
      return wire.setLatency(isOver ? 50 : event.eachMs)
    case 'git':
      return gits.get(event.application)?.set(isOver ? undefined : event.is)
    case 'provider':
      metrics.fault = isOver ? undefined : event.is
      if (event.is === 'reset' && !isOver) metrics.resetAt = at
      return
    case 'clock':
      if (event.jumpMs !== undefined) clocks.jump(event.of, event.jumpMs)
      if (event.fast !== undefined) clocks.run(event.of, event.fast)
      return
    case 'quota':
      return azure.sandbox.setQuota('standardDSv2Family', isOver ? 100 : event.cores)
    case 'diskGone':
      return office.loseDisk()
  }
}

/** `call lost PUT onlineEndpoints`, for people. */
function nameOf(event: GoesWrong): string {
  const { at, ...said } = event
  return Object.values(said).join(' ')
}
