import type { Report } from '../../core/model/report.ts'
import type { CommandContext } from '../context.ts'
import { CommandError } from '../errors.ts'
import { answerJson } from '../render/json.ts'
import { statusText } from '../render/status.ts'
import { openSession } from '../session.ts'
import type { OutputFormat, TargetFlags } from '../targets.ts'
import { tickUntil } from '../tick-until.ts'
import { isDone, isOver, type Wait } from './over.ts'

export type SyncFlags = TargetFlags & {
  readonly output: OutputFormat
  readonly timeout: number
  readonly wait: Wait
}

/** Ticks until each Application is over, or time is up. */
export async function sync(
  source: string | undefined,
  flags: SyncFlags,
  context: CommandContext,
): Promise<void> {
  const session = await openSession(source, flags, context.config)
  const timeUp = AbortSignal.timeout(flags.timeout * 1000)
  const signal = AbortSignal.any([context.signal, timeUp])
  try {
    const reports = await Promise.all(
      session.assemblies.map((assembly) =>
        tickUntil(
          (report) => isOver(report, flags.wait),
          assembly,
          session.pollMs,
          context,
          signal,
        ),
      ),
    )
    const draw = (report: Report): string => statusText(report, context.style)
    context.say(flags.output === 'json' ? answerJson(reports) : reports.map(draw).join('\n\n'))
    if (timeUp.aborted) throw new CommandError(`Not converged after ${flags.timeout} s.`)
    context.exit(reports.every((report) => isDone(report, flags.wait)) ? 0 : 1)
  } finally {
    await session.close()
  }
}
