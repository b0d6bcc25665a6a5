import { CLOUDS, type CloudName } from './cloud.ts'
import type { BuildName } from './operations/builds.ts'

/** Everything a sandbox workspace is made from. Times are in ms of the caller's clock before `timeScale`. */
export interface WorkspaceOptions {
  readonly subscriptionId: string
  readonly resourceGroup: string
  readonly workspace: string
  readonly location: string
  readonly workspaceId: string
  readonly tenantId: string
  /** The cloud that the workspace is of; the public one by default. */
  readonly cloud?: CloudName
  /** Same seed, same requests, same instants: same ids and same answers. */
  readonly seed: number
  readonly storage: StorageOptions
  /** Origin of an endpoint's data plane; `{name}` and `{region}` are filled in. */
  readonly dataPlaneOrigin?: string
  readonly latenciesMs?: Partial<Latencies>
  /** Divides every latency and every wait: 60 makes a minute a second. */
  readonly timeScale?: number
  /** Cores per VM family, by its name as `usages` says it (`standardDSv2Family`). Others: 100. */
  readonly quotas?: Readonly<Record<string, number>>
  /** Endpoints in the region; 100 by default, as with Azure before somebody asks for more. */
  readonly endpointsMax?: number
  /** Token buckets of ARM. Headers count down even when off; 429 only comes when on (the default). */
  readonly rateLimits?: boolean
  /** Refuse callers whose principal lists actions and lacks the needed one (default on). */
  readonly requireRoles?: boolean
  /** 'declared' (default): time alone makes a deployment ready. 'runtime': setContainer must say so too. */
  readonly containers?: 'declared' | 'runtime'
  /** 'immediate': every transition takes 0 ms. */
  readonly progress?: 'timed' | 'immediate'
  /** The generation of the service to be; today's by default. */
  readonly build?: BuildName
  /** Origin that the WWW-Authenticate header names. */
  readonly loginOrigin?: string
  /** Items on a page of a list that asks for no number. */
  readonly pageSize?: number
  /** Items on a page at most, whatever number a list asks for. */
  readonly pageSizeMax?: number
  /** Empty pages that follow the last one of a list of endpoints: a link need not lead to anything. */
  readonly emptyPages?: number
  /** Computes that the workspace is born with; by default clusters of the names that examples use, and a Kubernetes cluster. */
  readonly computes?: readonly ComputeOptions[]
  /** Origin of the region's own services (run history, batch job lists); `{region}` is filled in. */
  readonly serviceOrigin?: string
  /** Tags of the workspace resource. */
  readonly tags?: Readonly<Record<string, string>>
}

export interface ComputeOptions {
  readonly name: string
  readonly type: 'AmlCompute' | 'Kubernetes'
  /** Of a cluster's nodes; STANDARD_DS3_V2 when absent. */
  readonly vmSize?: string
  /** Of a Kubernetes cluster; `defaultInstanceType` when absent. */
  readonly instanceTypes?: readonly string[]
}

export interface StorageOptions {
  readonly accountName: string
  /** Origin that serves the account's blobs, e.g. `https://acct.blob.core.windows.net` or `http://127.0.0.1:10000/acct`. */
  readonly blobOrigin: string
  readonly accountKey: string
  /** Account SAS (query text without `?`) that a shell signed with the key: what startPendingUpload hands out. */
  readonly sasToken?: string
}

/** How long each transition takes, ms. */
export interface Latencies {
  readonly endpointCreate: number
  readonly endpointUpdate: number
  readonly trafficUpdate: number
  readonly endpointPatch: number
  readonly endpointDelete: number
  readonly deploymentCreate: number
  readonly deploymentUpdate: number
  readonly deploymentScale: number
  readonly deploymentPatch: number
  readonly deploymentDelete: number
  readonly regenerateKeys: number
  readonly batchEndpointWrite: number
  readonly batchDeploymentWrite: number
  readonly batchDelete: number
  readonly computeWrite: number
  /** From the invocation of a batch job to its start, from there to its end, and from its cancellation to the end. */
  readonly jobPrepare: number
  readonly jobRun: number
  readonly jobCancel: number
  /** From the write to a failure that the service sees at once (an asset that does not resolve). */
  readonly earlyFailure: number
  /** From the write to the end of an image build. */
  readonly imageBuild: number
  /** How long a container may stay `starting` before its operation fails. */
  readonly containerPatience: number
  /** The time-out that operations announce (PT30M): older ones give way to a DELETE. */
  readonly operationTimeout: number
}

/** Recorded or pasted where FACTS has a number (1.2, 1.3, 2.1, ERRORS 3); the rest are of the same order. */
export const REAL_LATENCIES: Latencies = {
  endpointCreate: 15_000,
  endpointUpdate: 15_000,
  trafficUpdate: 40_000,
  endpointPatch: 5_000,
  endpointDelete: 12_000,
  deploymentCreate: 480_000,
  deploymentUpdate: 420_000,
  deploymentScale: 240_000,
  deploymentPatch: 5_000,
  deploymentDelete: 30_000,
  regenerateKeys: 5_000,
  batchEndpointWrite: 10_000,
  batchDeploymentWrite: 20_000,
  batchDelete: 10_000,
  computeWrite: 22_000,
  jobPrepare: 1_000,
  jobRun: 125_000,
  jobCancel: 5_000,
  earlyFailure: 5_000,
  imageBuild: 180_000,
  containerPatience: 2_700_000,
  operationTimeout: 1_800_000,
}

export type Settings = Required<WorkspaceOptions> & { readonly latenciesMs: Latencies }

/** The options with every default filled in. */
export function settingsOf(options: WorkspaceOptions): Settings {
  const { cloud = 'public' } = options
  const { login, inferenceSuffix, serviceSuffix } = CLOUDS[cloud]
  return {
    cloud,
    dataPlaneOrigin: `https://{name}.{region}.${inferenceSuffix}`,
    timeScale: 1,
    quotas: {},
    endpointsMax: 100,
    rateLimits: true,
    requireRoles: true,
    containers: 'declared',
    progress: 'timed',
    build: '2025',
    loginOrigin: login,
    pageSize: 30,
    pageSizeMax: 1000,
    emptyPages: 0,
    tags: {},
    computes: [
      { name: 'cpu-cluster', type: 'AmlCompute' },
      { name: 'batch-cluster', type: 'AmlCompute' },
      { name: 'aml-cluster', type: 'AmlCompute' },
      { name: 'k8s-cluster', type: 'Kubernetes' },
    ],
    serviceOrigin: `https://{region}.${serviceSuffix}`,
    ...options,
    latenciesMs: { ...REAL_LATENCIES, ...options.latenciesMs },
  }
}

/** A transition's length in this workspace, ms of the caller's clock. */
export function latencyMs(settings: Settings, transition: keyof Latencies): number {
  if (settings.progress === 'immediate' && transition !== 'containerPatience') return 0
  return Math.round(settings.latenciesMs[transition] / settings.timeScale)
}
