import { Command } from 'commander'
import type { Assembly } from '../compose.ts'
import { loop } from '../reconcile/loop.ts'
import { createServer } from '../server/server.ts'
import type { CommandContext } from './context.ts'
import { CommandError } from './errors.ts'
import { openSession, type Session } from './session.ts'
import { type OutputFormat, type TargetFlags, withOutput, withTargets } from './targets.ts'

type Flags = TargetFlags & {
  readonly output: OutputFormat
  readonly host: string
  readonly port: number
}

const LEVERS = `
Levers of rollouts (POST /api/v1/applications/…/rollouts/…/abort, verdigris rollout --url) need the token in
VERDIGRIS_API_TOKEN, or in the file VERDIGRIS_API_TOKEN_FILE. Without one they are for this machine only.`

/** `run`: the controller. Ticks until it is told to stop; ends cleanly, and loses nothing if it does not. */
export function runCommand(context: CommandContext): Command {
  const command = withTargets(new Command('run'))
    .description('the controller: keep workspaces as Git says, and serve API and metrics')
    .option('--host <address>', 'where to listen', '127.0.0.1')
    .option('--port <number>', 'where to listen; 0 = any free port', portNumber, 9464)
    .addHelpText('after', LEVERS)
  return withOutput(command).action(async (source: string | undefined, flags: Flags) => {
    const { config } = context
    const logging = { ...config, logLevel: config.logLevel ?? 'info' }
    const session = await openSession(source, flags, logging, 'others go on')
    try {
      await control(session, flags, context)
    } finally {
      await session.close()
    }
  })
}

/** The loops of all Applications beside one server; the first of them to end ends all. */
async function control(session: Session, flags: Flags, context: CommandContext): Promise<void> {
  const { metrics, logger } = session.telemetry
  const server = createServer({
    applications: session.assemblies.map(({ application, ports }) => ({
      name: application.name,
      journal: ports.journal,
      inbox: ports.inbox,
    })),
    ...(context.config.apiToken === undefined ? {} : { apiToken: context.config.apiToken }),
    metrics: () => metrics.render(),
    version: context.config.version,
    logger,
    observe: metrics.apiRequest,
  })
  const address = await server.listen({ host: flags.host, port: flags.port })
  context.say(flags.output === 'json' ? JSON.stringify({ address }) : `Listening on ${address}`)
  const ended = new AbortController()
  const signal = AbortSignal.any([context.signal, ended.signal])
  const loops = session.assemblies.map((assembly) =>
    keep(assembly, session, signal).finally(() => ended.abort()),
  )
  await Promise.allSettled(loops)
  await server.close()
  await Promise.all(loops)
}

async function keep(
  assembly: Assembly,
  { telemetry, pollMs }: Session,
  signal: AbortSignal,
): Promise<void> {
  const options = {
    application: assembly.application,
    reader: assembly.reader,
    neighbours: assembly.neighbours,
    pollMs,
    jitter: Math.random,
    onError: (error: unknown) => telemetry.logger.error({ err: error }, 'a tick failed'),
  }
  let unwatch = (): void => {}
  await loop(assembly.ports, options, signal, (bell) => {
    unwatch = assembly.watch(() => bell.ring())
    assembly.ports.inbox.onPut(() => bell.ring())
  }).finally(() => unwatch())
}

/** Parses a TCP port; 0 means any free one. */
export function portNumber(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new CommandError(`'${text}' is not a port (0 to 65535).`)
  return value
}
