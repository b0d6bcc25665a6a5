import type { Assembly, EndpointClient, EndpointTree } from '../../compose.ts'
import type { Live } from '../../core/model/live.ts'
import { canonical } from '../../core/model/values/json.ts'
import { someOf } from '../../core/model/values/some-of.ts'
import { CloudError } from '../../reconcile/ports.ts'
import type { CommandContext } from '../context.ts'
import { CommandError } from '../errors.ts'
import { openSession } from '../session.ts'
import type { OutputFormat, WorkspaceFlags } from '../targets.ts'

export type EndpointFlags = WorkspaceFlags & { readonly output: OutputFormat }

/** An endpoint, and the client of its workspace. */
export interface FoundEndpoint extends EndpointTree {
  readonly client: EndpointClient
  /** Its workspace ends with the command. */
  readonly isEmbedded: boolean
}

/**
 * Finds an endpoint in the workspaces that are meant and acts on it while they are open. Without a source and --config it is the
 * workspace of the flags. Throws CommandError where it is in none, or in several.
 */
export async function withEndpoint(
  name: string,
  source: string | undefined,
  flags: EndpointFlags,
  { config, signal }: CommandContext,
  act: (found: FoundEndpoint) => Promise<void>,
): Promise<void> {
  // Nothing is read of a source: any one will do where only a workspace is named.
  const place = source ?? (flags.config === undefined ? '.' : undefined)
  const session = await openSession(place, { ...flags, path: '', maxDeletions: 0 }, config)
  try {
    const found = await find(name, ofDistinctWorkspaces(session.assemblies), signal)
    await act({ ...found, isEmbedded: session.sandbox !== undefined })
  } catch (error) {
    throw error instanceof CloudError ? new CommandError(error.message) : error
  } finally {
    await session.close()
  }
}

/** Azure folds the case of names. */
function ofDistinctWorkspaces(assemblies: readonly Assembly[]): readonly Assembly[] {
  const byPlace = new Map(
    assemblies.map((one) => [canonical({ ...one.application.workspace }).toLowerCase(), one]),
  )
  return [...byPlace.values()]
}

async function find(
  name: string,
  assemblies: readonly Assembly[],
  signal: AbortSignal,
): Promise<Omit<FoundEndpoint, 'isEmbedded'>> {
  const found: Omit<FoundEndpoint, 'isEmbedded'>[] = []
  const known: string[] = []
  for (const assembly of assemblies) {
    const client = await assembly.endpoints()
    const tree = await client.find(name, signal)
    if (tree === undefined) known.push(...(await client.names(signal)))
    else found.push({ ...tree, client })
  }
  const [first, ...others] = found
  if (first === undefined)
    throw new CommandError(`No endpoint '${name}': the workspace has ${listed(known)}.`)
  if (others.length === 0) return first
  throw new CommandError(
    `There is an endpoint '${name}' in ${found.length} workspaces: name one Application with --application.`,
  )
}

/** The deployment of this name. Throws CommandError, with the names there are. */
export function deploymentOf({ endpoint, deployments }: EndpointTree, name: string): Live {
  const isIt = ({ ref }: Live): boolean => ref.name.toLowerCase() === name.toLowerCase()
  const deployment = deployments.find(isIt)
  if (deployment !== undefined) return deployment
  const names = deployments.map(({ ref }) => ref.name)
  throw new CommandError(`No deployment '${name}': ${endpoint.ref.name} has ${listed(names)}.`)
}

const NAMED_MAX = 20

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : someOf(names, NAMED_MAX)
}
