import type { EndpointTree, LogContainer } from '../../compose.ts'
import type { Live } from '../../core/model/live.ts'
import type { CommandContext } from '../context.ts'
import { CommandError } from '../errors.ts'
import { trafficOf } from './describe.ts'
import { deploymentOf, type EndpointFlags, withEndpoint } from './found.ts'
import { masked } from './masked.ts'

export type LogsFlags = EndpointFlags & {
  readonly deployment?: string
  readonly tail: number
  readonly container: keyof typeof CONTAINERS
}

const CONTAINERS = {
  'inference-server': 'InferenceServer',
  'storage-initializer': 'StorageInitializer',
} as const satisfies { readonly [name: string]: LogContainer }

/** Prints the log of one deployment of an online endpoint. */
export function showLogs(
  name: string,
  source: string | undefined,
  flags: LogsFlags,
  context: CommandContext,
): Promise<void> {
  return withEndpoint(name, source, flags, context, async (found) => {
    const { ref } = meant(found, flags.deployment)
    const { tail, container } = flags
    const options = { tail, container: CONTAINERS[container] }
    const content = masked(await found.client.logs(ref, options, context.signal))
    const answer = { endpoint: ref.parent, deployment: ref.name, container, content }
    if (flags.output === 'json') context.say(JSON.stringify(answer))
    else await context.write(Buffer.from(content))
  })
}

function meant(tree: EndpointTree, named: string | undefined): Live {
  const { kind, endpoint, deployments } = tree
  if (kind === 'BatchEndpoint')
    throw new CommandError(
      `${endpoint.ref.name} is a batch endpoint, whose jobs have logs: 'az ml job stream --name <job>', or Azure ML studio.`,
    )
  if (named !== undefined) return deploymentOf(tree, named)
  const { traffic } = trafficOf(endpoint)
  const served = deployments.filter(({ ref }) => (traffic[ref.name] ?? 0) > 0)
  const [only, ...others] = deployments.length === 1 ? deployments : served
  if (only !== undefined && others.length === 0) return only
  const names = deployments.map(({ ref }) => ref.name).join(', ')
  throw new CommandError(
    deployments.length === 0
      ? `${endpoint.ref.name} has no deployment.`
      : `${endpoint.ref.name} has the deployments ${names}: name one with --deployment.`,
  )
}
