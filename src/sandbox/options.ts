import type { CloudName } from './core/cloud.ts'
import type { StorageOptions, WorkspaceOptions } from './core/options.ts'
import type { Client } from './identity/authority.ts'
import type { OnExchange } from './routers/control-plane.ts'

/** What both shells take. Everything has a default. */
export interface SandboxOptions
  extends Partial<
    Omit<WorkspaceOptions, 'storage' | 'dataPlaneOrigin' | 'serviceOrigin' | 'containers'>
  > {
  readonly clientId?: string
  readonly clientSecret?: string
  /** What the one client may do; absent = everything. */
  readonly actions?: readonly string[]
  /** Further applications with rights of their own. */
  readonly clients?: readonly Client[]
  /** Faults in the CLI's text form, e.g. `OutOfQuota:deployment=green,count=1`. */
  readonly faults?: readonly string[]
  readonly tokenLifetimeSeconds?: number
  readonly onExchange?: OnExchange
}

/** Who and where: the coordinates that a client of the sandbox is set up with. */
export interface Coordinates {
  readonly subscriptionId: string
  readonly resourceGroup: string
  readonly workspace: string
  readonly location: string
  readonly workspaceId: string
  readonly cloud: CloudName
  readonly tenantId: string
  readonly clientId: string
  readonly clientSecret: string
  /** Origins of the ARM, token and blob services. */
  readonly arm: string
  readonly login: string
  readonly blob: string
}

const defaults = {
  subscriptionId: '00000000-0000-4000-8000-000000000001',
  resourceGroup: 'sandbox-rg',
  workspace: 'sandbox',
  location: 'norwayeast',
  workspaceId: '00000000-0000-4000-8000-000000000002',
  cloud: 'public' as CloudName,
  tenantId: '00000000-0000-4000-8000-000000000003',
  clientId: '00000000-0000-4000-8000-000000000004',
  clientSecret: 'sandbox-secret',
  seed: 1,
}

const clientObjectId = '00000000-0000-4000-8000-000000000005'

export type Completed<Options> = Options & typeof defaults

/** The options with every default filled in. */
export function completeOptions<Options extends SandboxOptions>(
  options: Options,
): Completed<Options> {
  return { ...defaults, ...options }
}

/** The options' part that the core takes, with what the shell knows. */
export function workspaceOptionsOf(
  options: Completed<SandboxOptions>,
  storage: StorageOptions,
): WorkspaceOptions {
  const { clientId, clientSecret, actions, clients, faults, onExchange, ...rest } = options
  const { tokenLifetimeSeconds, ...workspace } = rest
  return { ...workspace, storage }
}

/** Every application that may ask for a token. */
export function clientsOf(options: Completed<SandboxOptions>): Client[] {
  const { clientId, clientSecret, actions } = options
  const main: Client = { clientId, clientSecret, objectId: clientObjectId }
  return [actions ? { ...main, actions } : main, ...(options.clients ?? [])]
}

/** The container of the workspace's default datastore (FACTS 1.7). */
export function defaultContainer(workspaceId: string): string {
  return `azureml-blobstore-${workspaceId}`
}

/** How the URIs of a workspace's datastores name it: `subscriptions/S/resourcegroups/G/workspaces/W`. */
export function datastoreRootOf(options: Completed<SandboxOptions>): string {
  const { subscriptionId, resourceGroup, workspace } = options
  return `subscriptions/${subscriptionId}/resourcegroups/${resourceGroup}/workspaces/${workspace}`
}
