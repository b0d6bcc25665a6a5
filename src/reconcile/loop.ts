import { type Memory, withoutTimes } from '../core/model/memory.ts'
import { NO_OPERATIONS, type OperationsKnown, withEnded } from '../core/model/operations.ts'
import type { Report } from '../core/model/report.ts'
import { keptRefusals, recalled } from '../core/plan/memory/refusals.ts'
import { followOperations } from '../core/report/operations.ts'
import type { Clock, KeptDurations, Ports, Refusals } from './ports.ts'
import { type TickOptions, tick } from './tick.ts'

export type LoopOptions = Omit<TickOptions, 'tick' | 'dryRun' | 'operations'> & {
  /** Ends the loop after a report for which this holds; absent = runs until told to stop. */
  readonly until?: (report: Report) => boolean
  /** What the process before left, and this one leaves; absent = nothing. */
  readonly refusals?: Refusals
  /** How long operations took in this workspace, from before and for later; absent = nothing. */
  readonly durations?: KeptDurations
  /** A number in [0, 1), new at each call: spreads the intervals of many Applications. */
  readonly jitter: () => number
  /** Told of errors that are bugs; the loop goes on. */
  readonly onError: (error: unknown) => void
}

const MAX_JITTER = 0.1

/** From the start of one tick to the next one that an event asks for: a flood of events is not a flood of reads of Azure. */
const LEAST_MS = 1000

/** A sleep that events cut short. They carry no information: the next tick reads everything afresh. */
export interface Wakeup {
  ring(): void
}

/**
 * Ticks until `until` says so or the signal aborts; sleeps to the plan's `wakeAt` or the interval, whichever is first.
 * Returns the last report. No probe is sent any more when it is over.
 */
export async function loop(
  ports: Ports,
  options: LoopOptions,
  signal: AbortSignal,
  listen: (bell: Wakeup) => void = () => {},
): Promise<Report | undefined> {
  try {
    return await turns(ports, options, signal, listen)
  } finally {
    ports.probes.keep([], 0)
  }
}

async function turns(
  ports: Ports,
  options: LoopOptions,
  signal: AbortSignal,
  listen: (bell: Wakeup) => void,
): Promise<Report | undefined> {
  let memory: Memory = recalled(options.refusals?.recall() ?? [], ports.clock.now())
  let operations = atFirst(options)
  let settings = ports.clock.settings?.()
  let report: Report | undefined
  let alarm = new AbortController()
  listen({ ring: () => alarm.abort() })
  for (let turn = 1; !signal.aborted; turn += 1) {
    alarm = new AbortController()
    const beganAt = ports.clock.now()
    if (ports.clock.settings?.() !== settings) {
      memory = withoutTimes(memory)
      operations = { ...operations, running: NO_OPERATIONS.running }
    }
    settings = ports.clock.settings?.()
    try {
      ;({ report, memory } = await tick(
        ports,
        { ...options, operations, tick: turn, dryRun: false },
        memory,
        signal,
      ))
      options.refusals?.keep(keptRefusals(memory))
      operations = after(operations, report)
      options.durations?.keep(operations.took)
    } catch (error) {
      if (signal.aborted) break
      // A bug: what it left behind says nothing about when to look again, or whether anything is still to be sent.
      report = undefined
      ports.probes.keep([], 0)
      options.onError(error)
    }
    if (report !== undefined && options.until?.(report) === true) break
    await rest(ports.clock, { beganAt, ms: pauseMs(ports, options, report) }, alarm.signal, signal)
  }
  return report
}

function atFirst({ durations }: LoopOptions): OperationsKnown {
  return durations === undefined ? NO_OPERATIONS : { ...NO_OPERATIONS, took: durations.recall() }
}

function after({ running: before, took }: OperationsKnown, report: Report): OperationsKnown {
  const { running, ended } = followOperations(before, report)
  return { running, took: withEnded(took, ended) }
}

async function rest(
  clock: Clock,
  { beganAt, ms }: { readonly beganAt: number; readonly ms: number },
  alarm: AbortSignal,
  signal: AbortSignal,
): Promise<void> {
  await clock.sleep(ms, AbortSignal.any([signal, alarm]))
  if (alarm.aborted) await clock.sleep(untilMs(beganAt + LEAST_MS, clock), signal)
}

function pauseMs(ports: Ports, options: LoopOptions, report: Report | undefined): number {
  const { intervalMs } = options.application.sync
  const interval = intervalMs * (1 + MAX_JITTER * (2 * options.jitter() - 1))
  const wakeAt = report?.plan.wakeAt
  if (wakeAt === undefined) return interval
  return Math.min(interval, untilMs(wakeAt, ports.clock))
}

function untilMs(instant: number, clock: Clock): number {
  return Math.max(0, instant - clock.now())
}
