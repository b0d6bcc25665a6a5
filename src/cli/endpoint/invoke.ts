import type { CommandContext } from '../context.ts'
import { CommandError } from '../errors.ts'
import { errorLines, replyJson, replyLine } from '../render/reply.ts'
import { deploymentOf, type EndpointFlags, type FoundEndpoint, withEndpoint } from './found.ts'
import { BYTES_MAX, readRequest } from './request.ts'
import { startBatchJob } from './start-job.ts'

export type InvokeFlags = EndpointFlags & {
  readonly request?: string
  readonly input?: string
  readonly deployment?: string
  readonly timeout: number
}

/** Scores with an online endpoint, or starts a job of a batch endpoint. */
export function invokeEndpoint(
  name: string,
  source: string | undefined,
  flags: InvokeFlags,
  context: CommandContext,
): Promise<void> {
  return withEndpoint(name, source, flags, context, (found) =>
    found.kind === 'BatchEndpoint'
      ? startBatchJob(found, flags, context)
      : scoreOnline(found, flags, context),
  )
}

async function scoreOnline(
  found: FoundEndpoint,
  flags: InvokeFlags,
  context: CommandContext,
): Promise<void> {
  const { client, endpoint } = found
  const { name } = endpoint.ref
  if (flags.input !== undefined || flags.request === undefined)
    throw new CommandError(
      `${name} is an online endpoint: give it the body of a request, --request <file> (- is standard input).`,
    )
  const deployment =
    flags.deployment === undefined
      ? {}
      : { deployment: deploymentOf(found, flags.deployment).ref.name }
  const body = await readRequest(flags.request, context.signal)
  const call = { ...deployment, body, timeoutMs: flags.timeout * 1000, bytesMax: BYTES_MAX }
  const reply = await client.score(endpoint, call, context.signal)
  const { errorText } = reply
  context.exit(errorText === undefined ? 0 : 1)
  if (flags.output === 'json') return context.say(replyJson(name, reply))
  context.progress(replyLine(reply))
  if (errorText === undefined) return context.write(reply.body)
  context.progress(errorLines({ ...reply, errorText }))
}
