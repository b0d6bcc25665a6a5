import { createHash } from 'node:crypto'
import { urlOf } from '../lib/url.ts'
import { batchEndpointOf, createBatchDoor } from './batch/door.ts'
import { type BlobClient, createBlobClient } from './blobs/client.ts'
import { createMemoryBlobs } from './blobs/memory.ts'
import { accountSas, type StorageAccount } from './blobs/signature.ts'
import { audiencesOf, CLOUDS, type CloudFacts, type CloudName } from './core/cloud.ts'
import {
  clearFaults,
  createWorkspace,
  injectFault,
  invokeBatch,
  parseFault,
  type State,
  setQuota,
} from './core/machine.ts'
import { type HttpHandler, type HttpRequest, textResponse } from './http/message.ts'
import { createAuthority } from './identity/authority.ts'
import { createInstanceMetadata } from './identity/instance-metadata.ts'
import { principalOf } from './identity/principal.ts'
import { createTokenIssuer, sharedSigningKey, type TokenIssuer } from './identity/tokens.ts'
import { createMonitorDoor } from './monitor/door.ts'
import {
  type Completed,
  type Coordinates,
  clientsOf,
  completeOptions,
  datastoreRootOf,
  defaultContainer,
  type SandboxOptions,
  workspaceOptionsOf,
} from './options.ts'
import { createTrafficDesk } from './rehearsal/desk.ts'
import type { Stage } from './rehearsal/stage.ts'
import { createCloudMetadata } from './routers/cloud-metadata.ts'
import { createControlPlane } from './routers/control-plane.ts'
import { createManagement } from './routers/management.ts'
import { createRegionalDoor } from './routers/regional-door.ts'
import { type Counters, createCounters } from './scoring/counters/counters.ts'
import { createDeclaredPlane } from './scoring/simulated/declared.ts'
import { createVirtualClock, type VirtualClock, type WatchedClock } from './virtual-clock.ts'

export interface OpenSandboxOptions extends SandboxOptions {
  /** Where the virtual clock begins, epoch ms. */
  readonly now?: number
  /** Goes on with a workspace from before (plain JSON); its blobs are not part of it. */
  readonly state?: State
  /**
   * The clock of tokens, epoch ms. Clients keep tokens by the wall clock, so it is the default: on the virtual
   * one a token would be out of time within seconds of theirs.
   */
  readonly tokenNow?: () => number
  /** Scoring moves the virtual clock by the latency of the answer (default off: it is only told and counted). */
  readonly scoringTakesTime?: boolean
}

/** A request as any HTTP client library can hand it over; header names in any case. */
export interface SandboxRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

export interface SandboxResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** The body as it is, for blobs that are not text. */
  readonly bytes: Uint8Array
}

/** A workspace in this process: no sockets, no timers, no children. */
export interface OpenSandbox extends Coordinates {
  /** Rejects with code ECONNRESET where a socket would break (fault LostResponse). */
  handle(request: SandboxRequest): Promise<SandboxResponse>
  readonly state: State
  readonly clock: VirtualClock
  readonly blobs: BlobClient
  /** Where traffic can be set going: see createTraffic. */
  readonly stage: Stage
  /** A fault in the CLI's text form. */
  injectFault(text: string): void
  clearFaults(): void
  /** Cores of a VM family, by its name as usages have it, from now on. */
  setQuota(family: string, cores: number): void
}

type Origins = Pick<Coordinates, 'arm' | 'login' | 'blob'>

/** Azure's own addresses, in the cloud that the workspace is of. */
function originsOf({ cloud }: { readonly cloud: CloudName }): Origins {
  const { arm, login, storageSuffix } = CLOUDS[cloud]
  return { arm, login, blob: `https://${accountName}.blob.${storageSuffix}` }
}
const accountName = 'sandboxstorage'
const yearMs = 365 * 86_400_000

/** Opens a workspace on a virtual clock, for the real SDK pipeline through an HttpClient of its own. */
export async function openSandbox(given: OpenSandboxOptions = {}): Promise<OpenSandbox> {
  const { now: startMs = Date.UTC(2026, 0, 1), state: kept, tokenNow, ...others } = given
  const { scoringTakesTime = false, ...rest } = others
  const options = completeOptions(rest)
  const account = accountOf(options.seed)
  const state = kept ?? createWorkspace(workspaceOf(options, account, startMs), startMs)
  const clock = createVirtualClock(state, startMs)
  const memory = createMemoryBlobs({ account, basePath: '', now: clock.now })
  const { blob: origin } = originsOf(options)
  const blobs = createBlobClient({ account, origin, send: memory, now: clock.now })
  await blobs.createContainer(defaultContainer(options.workspaceId))
  for (const fault of options.faults ?? []) injectFault(state, parseFault(fault), startMs)
  const issuer = await createTokenIssuer({
    tenantId: options.tenantId,
    now: tokenNow ?? Date.now,
    signingKey: await sharedSigningKey(),
    ...(options.tokenLifetimeSeconds ? { lifetimeSeconds: options.tokenLifetimeSeconds } : {}),
  })
  const counters = createCounters(startMs)
  const parts = { state, clock, blobs, issuer, memory, counters, scoringTakesTime }
  const services = servicesOf(options, parts)
  return {
    ...coordinatesOf(options),
    state,
    clock,
    blobs,
    stage: stageOf(parts),
    handle: (request) => handle(services, request),
    ...faultsOf(parts),
    setQuota: (family, cores) => setQuota(state, family, cores),
  }
}

function workspaceOf(options: Completed<SandboxOptions>, account: StorageAccount, nowMs: number) {
  const sasToken = accountSas(account, {
    startsAtMs: nowMs - yearMs,
    expiresAtMs: nowMs + 100 * yearMs,
  })
  return workspaceOptionsOf(options, { ...account, blobOrigin: originsOf(options).blob, sasToken })
}

function stageOf({ state, counters, clock }: Pick<Parts, 'state' | 'counters' | 'clock'>): Stage {
  return { seed: state.settings.seed, counters, watch: clock.watch }
}

function faultsOf({ state, clock }: Pick<Parts, 'state' | 'clock'>) {
  return {
    injectFault: (text: string) => injectFault(state, parseFault(text), clock.now()),
    clearFaults: () => clearFaults(state),
  }
}

interface Parts {
  readonly state: State
  readonly clock: WatchedClock
  readonly counters: Counters
  readonly scoringTakesTime: boolean
  readonly blobs: BlobClient
  readonly issuer: TokenIssuer
  readonly memory: HttpHandler
}

interface Services {
  readonly origins: Origins
  /** Of the region's own services, and of the data plane. */
  readonly suffixes: Pick<CloudFacts, 'serviceSuffix' | 'inferenceSuffix'>
  readonly controlPlane: HttpHandler
  readonly authority: HttpHandler
  readonly memory: HttpHandler
  readonly batch: HttpHandler
  readonly scoring: HttpHandler
  readonly regional: HttpHandler
}

function servicesOf(options: Completed<SandboxOptions>, parts: Parts): Services {
  const { state, clock, blobs, issuer, memory, counters } = parts
  const clients = clientsOf(options)
  const audiences = audiencesOf(options.cloud, [])
  const origins = originsOf(options)
  const principalFor = (token: string) =>
    principalOf({ issuer, clients }, token, audiences.isScoring)
  const { views } = clock
  const manage = createManagement({
    ...{ views, counters, now: clock.now, ...faultsOf(parts) },
    traffic: createTrafficDesk(stageOf(parts)),
  })
  const regional = createRegionalDoor({ state, now: clock.now, principalOf: principalFor })
  const monitor = createMonitorDoor({
    ...{ where: options, audiences, views, history: counters.history, now: clock.now },
    principalOf: (token, accepts) => principalOf({ issuer, clients }, token, accepts),
  })
  const controlPlane = createControlPlane({
    state,
    now: clock.now,
    principalOf: (token) => principalOf({ issuer, clients }, token, audiences.isArm),
    store: {
      ...{ blobs, accountName, origins: [origins.blob] },
      workspace: datastoreRootOf(options),
      defaultContainer: defaultContainer(options.workspaceId),
    },
    onExchange: options.onExchange,
  })
  const known = { clients, issuer, isKnownResource: audiences.isKnown }
  const instance = createInstanceMetadata(known)
  const metadata = createCloudMetadata({
    ...{ cloud: options.cloud, ...origins },
    storageSuffix: CLOUDS[options.cloud].storageSuffix,
  })
  return {
    origins,
    suffixes: CLOUDS[options.cloud],
    memory,
    scoring: createDeclaredPlane({
      ...{ state, views, counters },
      now: clock.now,
      principalOf: principalFor,
      ...(parts.scoringTakesTime ? { pass: clock.advance } : {}),
    }),
    batch: createBatchDoor({
      principalOf: principalFor,
      invoke: (invocation) => invokeBatch(state, invocation, clock.now()),
    }),
    regional: async (request) =>
      (await regional(request)) ?? textResponse(404, 'There is no such service.'),
    authority: createAuthority({ tenantId: options.tenantId, ...known }),
    controlPlane: async (request) =>
      manage(request) ??
      metadata(request) ??
      instance(request) ??
      monitor(request) ??
      controlPlane(request),
  }
}

function serviceAt(services: Services, request: HttpRequest): HttpHandler {
  const { origin } = urlOf(request.url)
  const { origins, suffixes } = services
  if (origin === origins.login) return services.authority
  if (origin === origins.blob) return services.memory
  if (origin.endsWith(`.${suffixes.serviceSuffix}`)) return services.regional
  if (!origin.endsWith(`.${suffixes.inferenceSuffix}`)) return services.controlPlane
  return batchEndpointOf(request) === undefined ? services.scoring : services.batch
}

async function handle(services: Services, request: SandboxRequest): Promise<SandboxResponse> {
  const body = Buffer.from(request.body ?? '')
  const given = Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value])
  const headers = { 'content-length': String(body.byteLength), ...Object.fromEntries(given) }
  const { method, url } = request
  const sent = { method, url, headers, body }
  const response = await serviceAt(services, sent)(sent)
  if (response.lost) throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
  return {
    status: response.status,
    headers: response.headers,
    body: response.text ?? response.body.toString('utf8'),
    get bytes() {
      return response.body
    },
  }
}

function coordinatesOf(options: Completed<SandboxOptions>): Coordinates {
  const { subscriptionId, resourceGroup, workspace, location, workspaceId, cloud } = options
  const { tenantId, clientId, clientSecret } = options
  const where = { subscriptionId, resourceGroup, workspace, location, workspaceId, cloud }
  return { ...where, tenantId, clientId, clientSecret, ...originsOf(options) }
}

// The same seed gives the same key, so that SAS texts in answers are the same too.
function accountOf(seed: number): StorageAccount {
  const accountKey = createHash('sha512').update(`storage key ${seed}`).digest('base64')
  return { accountName, accountKey }
}
