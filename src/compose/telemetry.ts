import { createClock } from '../adapters/clock.ts'
import { secretsIn } from '../adapters/git/process/environment.ts'
import { openAudit } from '../adapters/journal/audit.ts'
import { openVerdicts } from '../adapters/journal/verdicts.ts'
import { createLogger, type Logger, logReport } from '../adapters/telemetry/log.ts'
import { createMetrics, type Metrics } from '../adapters/telemetry/metrics.ts'
import type { Config } from '../config.ts'
import type { Report } from '../core/model/report.ts'
import type { Clock, Meter } from '../reconcile/ports.ts'
import { auditFolder } from './audit-folder.ts'

/** Who counts and logs what happens, and by which clock. */
export interface Telemetry {
  readonly clock: Clock
  meterFor(application: string): Meter
  onReport(report: Report, previous: Report | undefined): void
  onError(error: unknown, message: string): void
}

/** That of a controller, whose metrics are asked for, and which writes down who pulled which lever. */
export interface ServedTelemetry extends Telemetry {
  readonly metrics: Metrics
  readonly logger: Logger
}

export function composeTelemetry(config: Config): ServedTelemetry {
  const clock = createClock()
  const { version, commit } = config
  const metrics = createMetrics({ version, commit, now: () => clock.now() })
  const logger = createLogger({
    level: config.logLevel ?? 'silent',
    secrets: () => secretsOf(config),
  })
  const folder = auditFolder(config)
  const audit = openAudit({
    folder,
    onError: (error) => logger.error({ error }, 'what a lever did could not be written down'),
  })
  const verdicts = openVerdicts({
    folder,
    onError: (error) => logger.error({ error }, 'what ended a rollout could not be written down'),
  })
  return {
    clock,
    metrics,
    logger,
    meterFor: metrics.meterFor,
    onReport(report, previous) {
      metrics.recordReport(report)
      logReport(logger, report, previous)
      audit.record(report, previous)
      verdicts.record(report, previous)
    },
    onError: (error, message) => logger.error({ error }, message),
  }
}

function secretsOf({ azure, identities, gitToken, apiToken }: Config): readonly string[] {
  const named = Object.values(identities.secrets).map(({ read }) =>
    known(() => String(JSON.parse(read()).clientSecret)),
  )
  const inGit = secretsIn(known(gitToken))
  const secrets = [azure.clientSecret, ...inGit, known(apiToken), ...named]
  return secrets.filter((secret) => secret !== undefined)
}

/** A token whose file cannot be read now cannot be in a text either; nothing must keep a line from the log. */
function known(token: (() => string) | undefined): string | undefined {
  try {
    return token?.()
  } catch {
    return undefined
  }
}
