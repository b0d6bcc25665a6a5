import type { Assembly } from '../compose.ts'
import type { Report } from '../core/model/report.ts'
import { tick } from '../reconcile/tick.ts'
import type { CommandContext } from './context.ts'
import { openSession } from './session.ts'
import type { TargetFlags } from './targets.ts'

/**
 * One tick of each Application that starts nothing: what `plan` and `status` draw, each in its own way. `finished` may add
 * to a report while its workspace can still be asked.
 */
export async function look(
  source: string | undefined,
  flags: TargetFlags,
  { config, signal }: CommandContext,
  finished: (assembly: Assembly, report: Report, signal: AbortSignal) => Promise<Report> = same,
): Promise<readonly Report[]> {
  const session = await openSession(source, flags, config)
  try {
    const reports: Report[] = []
    for (const assembly of session.assemblies) {
      const { application, ports, reader, neighbours } = assembly
      const options = {
        application,
        reader,
        neighbours,
        tick: 1,
        dryRun: true,
        pollMs: session.pollMs,
      }
      const { report } = await tick(ports, options, {}, signal)
      reports.push(await finished(assembly, report, signal))
    }
    return reports
  } finally {
    await session.close()
  }
}

async function same(_: Assembly, report: Report): Promise<Report> {
  return report
}
