import type { Application } from '../../../src/core/model/application.ts'
import type { Files } from '../../support/commits.ts'
import { SYNC } from '../../support/world.ts'
import type { TraceEvent } from '../trace.ts'
import { createAgenda } from './agenda.ts'
import { openWorld } from './azure.ts'
import { befall, gitOf } from './befall.ts'
import { createClocks } from './clocks.ts'
import { credentialOf } from './controller.ts'
import { createGits } from './git.ts'
import type { Metrics } from './metrics.ts'
import { createOffice } from './office.ts'
import type { ApplicationSaid, Scenario, SimEvent } from './scenario.ts'
import { createWire, type WireOptions } from './wire.ts'

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
  /** For how many ticks nothing has been to do, where nothing is to come that could change that; 0 otherwise. */
  restingTicks(): number
}

export interface StageOptions {
  readonly emit: (event: TraceEvent) => void
  /** Every exchange is held against Azure's OpenAPI documents, which costs more than all the rest. */
  readonly isChecked?: boolean
  readonly strikeAt?: WireOptions['strikeAt']
  readonly onStruck?: WireOptions['onStruck']
  /** The files of every commit as somebody else would write them. */
  readonly respell?: (files: Files) => Files
  /** How many times as long as usual Azure takes for its work (default 1). */
  readonly slowness?: number
}

export async function createStage(scenario: Scenario, options: StageOptions): Promise<Stage> {
  const { emit, strikeAt, onStruck } = options
  const azure = await openWorld(
    {
      seed: scenario.seed,
      isChecked: options.isChecked === true,
      slowness: options.slowness ?? 1,
    },
    emit,
  )
  const clocks = createClocks(azure.now)
  const metrics: Metrics = { clocks, fault: undefined, resetAt: undefined }
  const startMs = azure.now()
  const agenda = createAgenda(scenario.events, startMs)
  const wait = (ms: number): void => azure.advanceTo(azure.now() + ms)
  const gits = createGits(scenario.applications, (ms) => advanceTo(azure.now() + ms))
  const wire = createWire({
    sandbox: azure.sandbox,
    metrics,
    now: azure.now,
    wait,
    beforeCall: () => happen(agenda.due(azure.now())),
    changed: () => azure.changed('call'),
    emit,
    ...(strikeAt && { strikeAt }),
    ...(onStruck && { onStruck }),
  })
  const office = createOffice({
    applications: scenario.applications.map(applicationOf),
    controllers: scenario.controllers,
    sourceOf: (application) => gitOf(gits, application).source,
    ...{ azure, clocks, wire, emit },
    credential: await credentialOf(azure.sandbox, () => clocks.show('controller')),
  })
  const { respell = (files: Files): Files => files } = options
  const parts = { scenario, azure, clocks, wire, metrics, gits, office, agenda, emit, respell }

  function happen(events: readonly SimEvent[]): void {
    if (events.length > 0) office.disturb()
    for (const event of events) befall(parts, event)
  }

  function advanceTo(at: number): void {
    for (;;) {
      const next = Math.min(agenda.nextAt(), at)
      azure.advanceTo(next)
      if (agenda.nextAt() > azure.now()) return
      happen(agenda.due(azure.now()))
    }
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
    advanceTo,
    tickDue: office.tickDue,
    restingTicks: () =>
      wire.isArmed() || Number.isFinite(agenda.nextAt()) ? 0 : office.restingTicks(),
    endFaults() {
      wire.disarm()
      metrics.fault = undefined
      clocks.repair()
      office.clocksRepaired()
      for (const git of gits.values()) git.set(undefined)
      azure.endAll()
      emit({ type: 'faultsEnd', at: azure.now() })
    },
  }
}

const NO_VARIABLES = {}

function applicationOf({ name, sync, repository = name }: ApplicationSaid): Application {
  return {
    name,
    source: { repository, revision: 'main', path: '' },
    workspace: { sandbox: true },
    sync: { ...SYNC, ...sync },
    variables: NO_VARIABLES,
  }
}
