import type { Assembly } from '../../compose.ts'
import type { Memory } from '../../core/model/memory.ts'
import { samplesOf, samplesOr } from '../../core/report/samples.ts'
import { tick } from '../../reconcile/tick.ts'
import type { CommandContext } from '../context.ts'
import { CommandError } from '../errors.ts'
import { type SeenRollout, seenRolloutsOf } from '../render/rollout.ts'
import { openSession, type Session } from '../session.ts'
import type { TargetFlags } from '../targets.ts'

/** Rollouts as ticks of our own see them, which start nothing. */
export async function openWatcherHere(
  source: string | undefined,
  flags: TargetFlags & { readonly samples?: true },
  { config, signal }: CommandContext,
): Promise<{
  read(): Promise<readonly SeenRollout[]>
  readonly pauseMs: number
  close(): Promise<void>
}> {
  const session = await openSession(source, flags, config)
  const memories = new Map<string, Memory>()
  return {
    read: async () => {
      const seen = await readHere(session, memories, signal)
      return flags.samples
        ? Promise.all(seen.map(sampled))
        : seen.map(({ context: _, ...one }) => one)
    },
    pauseMs: session.pollMs,
    close: session.close,
  }
}

async function sampled({ context, ...one }: SeenHere): Promise<SeenRollout> {
  const samples = await samplesOr(samplesOf(one.rollout, context.at), context.lastVerdict)
  return { ...one, samples }
}

/** When it was seen, and who may know what ended the one before. */
type SeenHere = SeenRollout & {
  readonly context: Pick<Assembly, 'lastVerdict'> & { readonly at: number }
}

/** What was counted in the looks before belongs to the next one: thresholds are missed, and weights arrive, over time. */
async function readHere(
  { assemblies, pollMs }: Session,
  memories: Map<string, Memory>,
  signal: AbortSignal,
): Promise<readonly SeenHere[]> {
  const seen: SeenHere[] = []
  for (const { application, ports, reader, neighbours, lastVerdict } of assemblies) {
    const { name } = application
    const options = { application, reader, neighbours, tick: 1, dryRun: true, pollMs }
    const { report, memory } = await tick(ports, options, memories.get(name) ?? {}, signal)
    if (report.plan.findings.length === 0 && report.failure !== undefined)
      throw new CommandError(`${name}: ${report.failure.reason}: ${report.failure.message}`)
    memories.set(name, memory)
    const context = { at: report.endedAt, lastVerdict }
    seen.push(...seenRolloutsOf(report).map((one) => ({ ...one, context })))
  }
  return seen
}
