import type { CreateChecker, TraceEvent, Violation } from '../trace.ts'
import { createHasher } from './hash.ts'
import { faultsEndAt, isFault, type Scenario } from './scenario.ts'
import { createStage, type Stage, type StageOptions } from './stage.ts'

export interface RunOptions extends Omit<StageOptions, 'emit'> {
  readonly createChecker: CreateChecker
  /** The trace's hash is wanted. */
  readonly isHashed?: boolean
  /** Ticks of all controllers, at most. */
  readonly ticks?: number
  readonly onEvent?: (event: TraceEvent) => void
}

export interface RunResult {
  readonly violations: readonly Violation[]
  readonly hash?: string
  readonly ticks: number
  readonly calls: number
  readonly simulatedMs: number
}

const TICKS = 400
const RESTS_FOR = 8

/** Plays a scenario from its first event to the end of its time. */
export async function run(scenario: Scenario, options: RunOptions): Promise<RunResult> {
  const hasher = options.isHashed === true ? createHasher() : undefined
  const checker = options.createChecker(scenario.expectation)
  const bugs: unknown[] = []
  const emit = (event: TraceEvent): void => {
    try {
      hasher?.add(event)
      checker.observe(event)
      options.onEvent?.(event)
    } catch (error) {
      // Thrown into a call it would look like a lost connection.
      bugs.push(error)
    }
  }
  const stage = await createStage(scenario, { ...options, emit })
  const hasFaults =
    scenario.events.some(isFault) || (options.strikeAt && scenario.faultsForMs !== undefined)
  const { ticks } = await play(scenario, stage, options.ticks ?? TICKS, hasFaults === true)
  if (bugs.length > 0) throw bugs[0]
  return {
    violations: checker.finish(),
    ...(hasher === undefined ? {} : { hash: hasher.digest() }),
    ticks,
    calls: stage.calls(),
    simulatedMs: stage.now() - stage.startMs,
  }
}

async function play(
  scenario: Scenario,
  stage: Stage,
  limit: number,
  hasFaults: boolean,
): Promise<{ ticks: number }> {
  const endsAt = stage.startMs + scenario.lengthMs
  const faults = createEndOfFaults(stage, stage.startMs + faultsEndAt(scenario), hasFaults)
  let ticks = 0
  stage.begin()
  while (stage.now() < endsAt && ticks < limit) {
    faults.endIfDue()
    const due = stage.nextDueAt()
    const next = Math.min(due, faults.nextAt(), endsAt)
    stage.advanceTo(next)
    if (next < due) continue
    ticks += await stage.tickDue()
    if (faults.restingTicks() < RESTS_FOR) continue
    // What rests for so long rests for ever; seen once more when the faults are over.
    if (faults.haveEnded()) return { ticks }
    faults.end()
  }
  if (!faults.haveEnded()) faults.end()
  return { ticks }
}

function createEndOfFaults(stage: Stage, endAt: number, hasFaults: boolean) {
  let haveEnded = !hasFaults
  let restedBefore = 0
  const end = (): void => {
    stage.endFaults()
    haveEnded = true
    restedBefore = stage.restingTicks()
  }
  return {
    end,
    endIfDue(): void {
      if (!haveEnded && stage.now() >= endAt) end()
    },
    haveEnded: () => haveEnded,
    nextAt: () => (haveEnded ? Number.POSITIVE_INFINITY : Math.max(endAt, stage.now() + 1)),
    /** Ticks in a row in which there was nothing to do: all of them, or since the faults ended. */
    restingTicks(): number {
      const resting = stage.restingTicks()
      restedBefore = Math.min(restedBefore, resting)
      return resting - restedBefore
    },
  }
}
