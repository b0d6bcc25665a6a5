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
  const { ticks } = await play(scenario, stage, options.ticks ?? TICKS)
  if (bugs.length > 0) throw bugs[0]
  return {
    violations: checker.finish(),
    ...(hasher === undefined ? {} : { hash: hasher.digest() }),
    ticks,
    calls: stage.calls(),
    simulatedMs: stage.now() - stage.startMs,
  }
}

async function play(scenario: Scenario, stage: Stage, limit: number): Promise<{ ticks: number }> {
  const endsAt = stage.startMs + scenario.lengthMs
  const quietFrom = stage.startMs + faultsEndAt(scenario)
  let hasEnded = !scenario.events.some(isFault)
  let ticks = 0
  stage.begin()
  while (stage.now() < endsAt && ticks < limit) {
    if (!hasEnded && stage.now() >= quietFrom) {
      stage.endFaults()
      hasEnded = true
    }
    const due = stage.nextDueAt()
    const next = Math.min(due, hasEnded ? endsAt : Math.max(quietFrom, stage.now() + 1), endsAt)
    stage.advanceTo(next)
    if (next < due) continue
    ticks += await stage.tickDue()
  }
  if (!hasEnded) stage.endFaults()
  return { ticks }
}
