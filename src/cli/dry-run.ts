import type { Assembly } from '../compose.ts'
import type { World } from '../core/model/live.ts'
import type { Report } from '../core/model/report.ts'
import type { Cloud } from '../reconcile/ports.ts'
import { tick } from '../reconcile/tick.ts'
import type { CommandContext } from './context.ts'
import { openSession } from './session.ts'
import type { TargetFlags } from './targets.ts'

/** Adds to a report. */
type Finished = (
  assembly: Assembly,
  report: Report,
  signal: AbortSignal,
  seen: Seen,
) => Promise<Report>

interface Seen {
  /** What the tick saw last; absent when it could not read the workspace. */
  readonly world?: World
  /** The workspace ends with the command, and with it every address in it. */
  readonly isEmbedded: boolean
}

/**
 * One tick of each Application that starts nothing: what `plan` and `status` draw, each in its own way. `finished` may add
 * to a report while its workspace can still be asked.
 */
export async function dryRun(
  source: string | undefined,
  flags: TargetFlags,
  { config, signal }: CommandContext,
  finished: Finished = same,
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
      const { cloud, lastSeen } = remembering(ports.cloud)
      const { report } = await tick({ ...ports, cloud }, options, {}, signal)
      const world = lastSeen()
      const isEmbedded = session.sandbox !== undefined
      const seen = { ...(world === undefined ? {} : { world }), isEmbedded }
      reports.push(await finished(assembly, report, signal, seen))
    }
    return reports
  } finally {
    await session.close()
  }
}

async function same(_: Assembly, report: Report): Promise<Report> {
  return report
}

/** The same cloud, which can say what it showed last. */
function remembering(cloud: Cloud): {
  readonly cloud: Cloud
  lastSeen(): World | undefined
} {
  let seen: World | undefined
  return {
    cloud: {
      ...cloud,
      async observe(wanted, signal) {
        seen = await cloud.observe(wanted, signal)
        return seen
      },
    },
    lastSeen: () => seen,
  }
}
