import type { ServedTelemetry } from '../../compose/telemetry.ts'
import type { Assembly } from '../../compose.ts'
import { CloudError } from '../../reconcile/ports.ts'
import { attempt } from '../doctor/attempt.ts'

/** One line for each Application in Azure: who it is there, or why nobody gives it a token. */
export async function tellIdentities(
  assemblies: readonly Assembly[],
  logger: ServedTelemetry['logger'],
  signal: AbortSignal,
): Promise<void> {
  const inAzure = assemblies.filter(({ application }) => !('sandbox' in application.workspace))
  await Promise.all(inAzure.map((assembly) => tellIdentity(assembly, logger, signal)))
}

async function tellIdentity(
  { application: { name: application }, inspect, identity }: Assembly,
  logger: ServedTelemetry['logger'],
  signal: AbortSignal,
): Promise<void> {
  const ends = await attempt(() => inspect().token(signal))
  const fields = { application, identity: identity() }
  if (ends instanceof CloudError) logger.error({ ...fields, reason: ends.reason }, ends.message)
  else logger.info({ ...fields, until: new Date(ends).toISOString() }, 'the identity has a token')
}
