import type { Report } from '../core/model/report.ts'
import { tick } from '../reconcile/tick.ts'
import type { CommandContext } from './context.ts'
import { openSession } from './session.ts'
import type { TargetFlags } from './targets.ts'

/** One tick of each Application that starts nothing: what `plan` and `status` draw, each in its own way. */
export async function look(
  source: string | undefined,
  flags: TargetFlags,
  { config, signal }: CommandContext,
): Promise<readonly Report[]> {
  const session = await openSession(source, flags, config)
  try {
    const reports: Report[] = []
    for (const { application, ports, reader, neighbours } of session.assemblies) {
      const options = {
        application,
        reader,
        neighbours,
        tick: 1,
        dryRun: true,
        pollMs: session.pollMs,
      }
      reports.push((await tick(ports, options, {}, signal)).report)
    }
    return reports
  } finally {
    await session.close()
  }
}
