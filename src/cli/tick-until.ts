import type { Assembly } from '../compose.ts'
import type { Report } from '../core/model/report.ts'
import { loop } from '../reconcile/loop.ts'
import type { CommandContext } from './context.ts'
import { CommandError } from './errors.ts'
import { progressText } from './render/status.ts'

/**
 * Ticks until a report satisfies `isOver`, or the signal aborts, with progress on standard error; gives the last report.
 * Throws what is a bug, and CommandError when there was no report at all.
 */
export async function tickUntil(
  isOver: (report: Report) => boolean,
  {
    application,
    ports,
    reader,
    neighbours,
  }: Pick<Assembly, 'application' | 'ports' | 'reader' | 'neighbours'>,
  pollMs: number,
  context: CommandContext,
  signal: AbortSignal,
): Promise<Report> {
  let said = ''
  let bug: unknown
  const gaveUp = new AbortController()
  ports.journal.watch((report) => {
    const text = progressText(report)
    if (text !== said) context.progress(text)
    said = text
  })
  const options = {
    ...{ application, reader, neighbours, pollMs },
    until: isOver,
    jitter: Math.random,
    // The controller tries again for ever; here somebody waits for an answer.
    onError(error: unknown) {
      bug = error
      gaveUp.abort()
    },
  }
  const report = await loop(ports, options, AbortSignal.any([signal, gaveUp.signal]))
  if (gaveUp.signal.aborted) throw bug
  if (report === undefined) {
    const how = context.signal.aborted ? 'Interrupted' : 'Time was up (--timeout)'
    throw new CommandError(`${how} before Git and the workspace were read once.`)
  }
  return report
}
