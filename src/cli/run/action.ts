import { openManifestsThread } from '../../compose/reading/open-manifests-thread.ts'
import { composeTelemetry, type ServedTelemetry } from '../../compose/telemetry.ts'
import type { Assembly } from '../../compose.ts'
import { loop } from '../../reconcile/loop.ts'
import type { Open } from '../../server/admission.ts'
import { createServer } from '../../server/server.ts'
import type { CommandContext } from '../context.ts'
import { CommandError } from '../errors.ts'
import { openSession, type Session } from '../session.ts'
import type { OutputFormat, TargetFlags } from '../targets.ts'
import { tellIdentities } from './identities.ts'

export type RunFlags = TargetFlags & {
  readonly output: OutputFormat
  readonly host: string
  readonly port: number
  readonly open: Open
}

/** Keeps the Applications until it is told to stop. */
export async function run(
  source: string | undefined,
  flags: RunFlags,
  context: CommandContext,
): Promise<void> {
  const { config } = context
  const logging = { ...config, logLevel: config.logLevel ?? 'info' }
  const telemetry = composeTelemetry(logging)
  const { read: readManifests, close } = openManifestsThread()
  const options = { tolerance: 'others go on', telemetry, readManifests } as const
  const session = await openSession(source, flags, logging, options)
  try {
    await control(session, telemetry, flags, context)
  } finally {
    await session.close()
    await close()
  }
}

/** The loops of all Applications beside one server; the first of them to end ends all. */
async function control(
  session: Session,
  { metrics, logger }: ServedTelemetry,
  flags: RunFlags,
  context: CommandContext,
): Promise<void> {
  const server = createServer({
    applications: session.assemblies.map(({ application, ports, lastVerdict }) => ({
      name: application.name,
      journal: ports.journal,
      inbox: ports.inbox,
      lastVerdict,
    })),
    ...(context.config.apiToken === undefined ? {} : { apiToken: context.config.apiToken }),
    metrics: () => metrics.render(),
    open: flags.open,
    version: context.config.version,
    logger,
    observe: metrics.apiRequest,
  })
  const { host, port } = flags
  const address = await server.listen({ host, port }).catch((error: Error) => {
    throw new CommandError(
      `The API could not be served on ${host}, port ${port}: ${error.message}. Another port: --port.`,
    )
  })
  context.say(flags.output === 'json' ? JSON.stringify({ address }) : `Listening on ${address}`)
  const ended = new AbortController()
  const signal = AbortSignal.any([context.signal, ended.signal])
  const loops = session.assemblies.map((assembly) =>
    keep(assembly, session.pollMs, logger, signal).finally(() => ended.abort()),
  )
  // Nobody waits for it: an identity that hangs delays no Application.
  tellIdentities(session.assemblies, logger, signal).catch((error: unknown) =>
    logger.error({ err: error }, 'the identities could not be looked at'),
  )
  await Promise.allSettled(loops)
  await server.close()
  await Promise.all(loops)
}

async function keep(
  assembly: Assembly,
  pollMs: number,
  logger: ServedTelemetry['logger'],
  signal: AbortSignal,
): Promise<void> {
  const options = {
    application: assembly.application,
    reader: assembly.reader,
    refusals: assembly.refusals,
    durations: assembly.durations,
    neighbours: assembly.neighbours,
    pollMs,
    jitter: Math.random,
    onError: (error: unknown) => logger.error({ err: error }, 'a tick failed'),
  }
  let unwatch = (): void => {}
  await loop(assembly.ports, options, signal, (bell) => {
    unwatch = assembly.watch(() => bell.ring())
    assembly.ports.inbox.onPut(() => bell.ring())
  }).finally(() => unwatch())
}
