import { join } from 'node:path'
import { openAzure } from './adapters/azure/cloud.ts'
import type { EndpointClient } from './adapters/azure/endpoints/client.ts'
import { createCredential } from './adapters/azure/identity/credential.ts'
import type { RenewableCredential } from './adapters/azure/identity/token.ts'
import { type Inspector, openInspector } from './adapters/azure/inspect.ts'
import { openProbeSender } from './adapters/azure/scoring/probe-sender.ts'
import { openProber } from './adapters/azure/scoring/prober.ts'
import { type Budget, openBudget } from './adapters/azure/throttle/budget.ts'
import { openTrials } from './adapters/azure/trials/trials.ts'
import { createInbox, type MemoryInbox } from './adapters/inbox/memory.ts'
import { openBuckets } from './adapters/journal/buckets.ts'
import { openDurations } from './adapters/journal/durations.ts'
import type { KeptOf } from './adapters/journal/kept-file.ts'
import { createJournal, type MemoryJournal } from './adapters/journal/memory.ts'
import { openRefusals } from './adapters/journal/refusals.ts'
import { openKeptTrials } from './adapters/journal/trials.ts'
import { lastVerdict } from './adapters/journal/verdicts.ts'
import { auditFolder } from './compose/audit-folder.ts'
import type { AzureAccess } from './compose/azure-access.ts'
import { compareInThread } from './compose/compare-in-thread.ts'
import { measuredReading } from './compose/reading/measured-reading.ts'
import { readManifestsHere } from './compose/reading/read-here.ts'
import { openSource } from './compose/source.ts'
import type { Telemetry } from './compose/telemetry.ts'
import type { Config } from './config.ts'
import type { Application } from './core/model/application.ts'
import type { Samples } from './core/report/samples.ts'
import { faultOf } from './core/rollout/golden/golden.ts'
import type { NeighbourApplication } from './reconcile/neighbours.ts'
import {
  type Analysis,
  type Clock,
  CloudError,
  type KeptBucket,
  type KeptDurations,
  type KeptTrials,
  type Meter,
  type Ports,
  type ReadManifests,
  type Refusals,
  type Region,
} from './reconcile/ports.ts'
import { createReader, type Reader } from './reconcile/read.ts'

export type {
  EndpointClient,
  EndpointCredentials,
  EndpointTree,
  LogContainer,
  ScoringReply,
} from './adapters/azure/endpoints/client.ts'
export type {
  CloudDescription,
  Compute,
  CoreQuota,
  Inspector,
  Permission,
  VmSize,
} from './adapters/azure/inspect.ts'

/** A workspace, and how to get in. */
export interface Door {
  readonly azure: AzureAccess
  /** The workspace is a sandbox, whose counters can be asked. */
  readonly isSandbox?: boolean
  readonly subscriptionId: string
  readonly resourceGroup: string
  readonly workspace: string
}

/** One Application, ready to tick. */
export interface Assembly {
  readonly application: Application
  /** The cloud that its workspace is in, and where it is asked. */
  readonly azure: AzureAccess
  readonly ports: Ports & { readonly journal: MemoryJournal; readonly inbox: MemoryInbox }
  readonly reader: Reader
  /** For who goes on where an earlier process was: a controller. */
  readonly refusals: Refusals
  readonly durations: KeptDurations
  /** The other Applications of the same workspace; the caller knows them. */
  readonly neighbours: readonly NeighbourApplication[]
  /** Calls back when a local folder changes; a Git source is polled. Returns the function that ends it. */
  watch(onChange: () => void): () => void
  /** Questions to Azure that reconciling does not ask. */
  inspect(): Inspector
  /** What ended the last rollout of an endpoint, where a controller with this data directory wrote it down. */
  lastVerdict(endpoint: string): Promise<Samples | undefined>
  /** Who asks Azure in its name; of what is tried in order, whoever gave the last token. */
  identity(): string
  /** What people do with the endpoints of its workspace; loaded when it is asked for. */
  endpoints(): Promise<EndpointClient>
  close(): Promise<void>
}

/** ARM counts requests by principal and subscription: so do we, whatever Application they are for. */
export function createBudgets(
  clock: Clock,
  keptFor?: (owner: string) => KeptBucket,
): (door: Door) => Budget {
  const budgets = new Map<string, Budget>()
  return ({ azure, subscriptionId }) => {
    const { endpoint, tenantId, clientId, chosen } = azure
    const who = chosen?.is ?? [tenantId, clientId]
    const key = JSON.stringify([endpoint, who, subscriptionId.toLowerCase()])
    const budget = budgets.get(key) ?? openBudget(clock, undefined, keptFor?.(key))
    budgets.set(key, budget)
    return budget
  }
}

/** What the Applications of a process have together. */
export interface Shared {
  /** One of the door's own unless given. */
  readonly budget?: Budget
  /** `readManifests` in the caller's thread unless given. */
  readonly readManifests?: ReadManifests
}

/** The only place where adapters and the reconciler meet. Throws SourceError when the source may not be used at all. */
export function compose(
  application: Application,
  door: Door,
  config: Config,
  telemetry: Telemetry,
  shared: Shared = {},
): Assembly {
  const { clock } = telemetry
  const { budget = createBudgets(clock)(door), readManifests = readHere } = shared
  const meter = telemetry.meterFor(application.name)
  const source = openSource(application, config, meter)
  const { azure } = door
  const { subscriptionId, resourceGroup, workspace: name } = door
  const credential = createCredential(azure, { measure: { clock, meter } })
  const azureOptions = {
    workspace: { subscriptionId, resourceGroup, name },
    credential,
    cloud: azure.cloud,
    endpoint: azure.endpoint,
    clock,
    meter,
    budget,
  }
  const cloud = openAzure(azureOptions)
  const inspector = openInspector(azureOptions)
  const { trials: kept, ...hints } = keptIn(config, telemetry, application, door)
  const probes = openProbeSender({ ...azureOptions, faultOf })
  const onError = (error: unknown): void => telemetry.onError(error, 'a watcher failed')
  const journal = createJournal({ history: config.limits.history, onError })
  journal.watch((report, _, previous) => telemetry.onReport(report, previous))
  return {
    application,
    azure,
    ports: {
      source,
      cloud,
      analysis: analysisOf(door, config, { clock, meter, credential, inspector }),
      prober: openProber({ ...azureOptions, faultOf }),
      probes,
      trials: openTrials({ ...azureOptions, compare: compareInThread, kept }),
      region: regionOf(inspector),
      inbox: createInbox(),
      journal,
      clock,
    },
    reader: createReader(source, application, measuredReading(readManifests, meter)),
    ...hints,
    neighbours: [],
    watch: source.watch,
    inspect: () => inspector,
    identity: () => credential.identity?.() ?? '',
    async endpoints() {
      const { openEndpoints } = await import('./adapters/azure/endpoints/client.ts')
      return openEndpoints(azureOptions)
    },
    async close() {
      await probes.close()
      await source.close()
    },
  }
}

/** What is left in ARM's buckets, in the data directory. */
export function keptBuckets(
  { dataDir }: Pick<Config, 'dataDir'>,
  telemetry: Telemetry,
): (owner: string) => KeptBucket {
  const { now } = telemetry.clock
  return openBuckets({ folder: join(dataDir, 'buckets'), now, onError: notNoted(telemetry) })
}

function notNoted(telemetry: Telemetry): (error: unknown) => void {
  return (error) => telemetry.onError(error, 'what is for the next start could not be noted')
}

/** What a controller leaves to the next one in its data directory: hints, and what people look up; all of it may be lost. */
function keptIn(
  config: Config,
  telemetry: Telemetry,
  { name: application }: Application,
  { azure, subscriptionId, resourceGroup, workspace }: Door,
): Pick<Assembly, 'refusals' | 'durations' | 'lastVerdict'> & { readonly trials: KeptTrials } {
  const of: KeptOf = {
    application,
    workspace: [azure.endpoint, subscriptionId, resourceGroup, workspace].join('/').toLowerCase(),
    program: `${config.version} ${config.commit}`,
  }
  const onError = notNoted(telemetry)
  const kept = (folder: string) => ({ folder: join(config.dataDir, folder), of, onError })
  return {
    refusals: openRefusals(kept('refusals')),
    durations: openDurations(kept('durations')),
    trials: openKeptTrials(kept('trials')),
    lastVerdict: (endpoint) => lastVerdict(auditFolder(config), { application, endpoint }),
  }
}

const readHere: ReadManifests = (input) => readManifestsHere(input)

/** The metric providers, at the hosts that the configuration names; loaded with the first question. */
function analysisOf(
  { isSandbox, azure, ...where }: Door,
  { metrics }: Config,
  {
    clock,
    meter,
    credential,
    inspector,
  }: { clock: Clock; meter: Meter; credential: RenewableCredential; inspector: Inspector },
): Analysis {
  const { prometheus, web, allowPrivate, azureMonitorUrl, logAnalyticsUrl, ...logs } = metrics
  const { subscriptionId, resourceGroup, workspace } = where
  // The sandbox has these services at its own address.
  const local = isSandbox === true ? azure.endpoint : undefined
  const isInCloud = azure.endpoint === azure.cloud.resourceManager
  const region = async (signal: AbortSignal) => (await inspector.workspace(signal)).location
  const options = {
    clock,
    prometheus,
    web,
    allowPrivate,
    ...defined('sandboxOrigin', local),
    azure: {
      credential,
      cloud: azure.cloud,
      workspaceId: `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}`,
      ...defined('metricsUrl', azureMonitorUrl ?? local),
      ...(isInCloud && { region }),
      ...defined('logsUrl', logAnalyticsUrl ?? local),
      ...defined('logsWorkspaceId', logs.logAnalyticsWorkspaceId),
    },
    onQuery: meter.analysisQuery,
  }
  const load = async (): Promise<Analysis> => {
    const { createAnalysis } = await import('./adapters/analysis/index.ts')
    return createAnalysis(options)
  }
  let loaded: Promise<Analysis> | undefined
  return {
    async measure(questions, signal) {
      loaded ??= load()
      return (await loaded).measure(questions, signal)
    },
  }
}

function defined<Name extends string>(
  name: Name,
  value: string | undefined,
): { readonly [Key in Name]?: string } {
  return value === undefined ? {} : ({ [name]: value } as { [Key in Name]: string })
}

/** Sizes and quotas change rarely, and a role need not let us see them: then nothing is said about cores. */
function regionOf(inspector: Inspector): Region {
  return {
    async cores(location, signal) {
      try {
        const [sizes, quotas] = await Promise.all([
          inspector.vmSizes(location, signal),
          inspector.quotas(location, signal),
        ])
        return sizes.length === 0 || quotas.length === 0 ? undefined : { sizes, quotas }
      } catch (error) {
        if (error instanceof CloudError) return undefined
        throw error
      }
    },
  }
}
