import { batchEndpointOf, createBatchDoor } from './batch/door.ts'
import type { PythonOf } from './batch/job.ts'
import { createJobRuntime } from './batch/runtime.ts'
import type { BlobClient } from './blobs/client.ts'
import { accountSas, type StorageAccount } from './blobs/signature.ts'
import { type Audiences, audiencesOf } from './core/cloud.ts'
import {
  createWorkspace,
  injectFault,
  invokeBatch,
  parseFault,
  restoreWorkspace,
  type State,
} from './core/machine.ts'
import { REAL_LATENCIES, type WorkspaceOptions } from './core/options.ts'
import type { Foundation } from './foundation.ts'
import { createAuthority } from './identity/authority.ts'
import { createInstanceMetadata } from './identity/instance-metadata.ts'
import { principalOf } from './identity/principal.ts'
import { createLiveWorkspace, type LiveWorkspace } from './live-workspace.ts'
import { createMonitorDoor } from './monitor/door.ts'
import { clientsOf, datastoreRootOf, defaultContainer, workspaceOptionsOf } from './options.ts'
import { type PythonOptions, pythonFor, pythonWith } from './python/environment.ts'
import { needsOfModel } from './python/model-needs.ts'
import { createTrafficDesk } from './rehearsal/desk.ts'
import { createRealStage } from './rehearsal/real-stage.ts'
import { createCloudMetadata } from './routers/cloud-metadata.ts'
import { createControlPlane } from './routers/control-plane.ts'
import type { Doors, Services } from './routers/doors.ts'
import { createManagement, type ManagementOptions } from './routers/management.ts'
import { createRegionalDoor } from './routers/regional-door.ts'
import { type Counters, createCounters } from './scoring/counters/counters.ts'
import type { Storage } from './scoring/files.ts'
import { createRuntime, type Runtime } from './scoring/runtime.ts'

export interface EngineOptions {
  readonly foundation: Foundation
  readonly origins: Doors['origins']
  /** Ports of all listeners, to be kept with the state. */
  readonly ports: Readonly<Record<string, number>>
  readonly blobs: BlobClient
  readonly blobOrigin: string
  /** Further addresses of the same blobs: over TLS, and at the ports of before a restart. */
  readonly otherBlobOrigins: readonly string[]
  /** A folder for temporary files. */
  readonly scratch: string
  /** Follows `{account}.blob.` in the addresses of blobs over TLS. */
  readonly storageSuffix: string
  readonly python: PythonOptions
  readonly runsScripts: boolean
}

/** A workspace in real time with its data plane, and what answers at each door. */
export interface Engine {
  readonly workspace: LiveWorkspace
  readonly runtime: Runtime
  readonly counters: Counters
  readonly services: Services
  close(): Promise<void>
}

const yearMs = 365 * 86_400_000

export function createEngine(options: EngineOptions): Engine {
  const { foundation } = options
  const state = stateOf(foundation, workspaceSettings(options))
  const save = () => foundation.save(state, options.ports)
  const workspace = createLiveWorkspace({
    state,
    now: Date.now,
    save,
    onChange: () => {
      runtime.refresh()
      jobs.refresh()
    },
  })
  const storage = blobStoreOf(options)
  const jobs = createJobRuntime({
    storage,
    pythonOf: pythonOfJobs(options.python),
    views: workspace.jobViews,
    tell: workspace.setJob,
    now: Date.now,
  })
  const counters = createCounters(Date.now())
  const audiences = audiencesIn(options)
  const clients = { issuer: foundation.issuer, clients: clientsOf(foundation.options) }
  const runtime = createRuntime({
    python: options.python,
    runsScripts: options.runsScripts,
    storage,
    views: workspace.views,
    tell: workspace.setContainer,
    onLog: workspace.appendLog,
    principalOf: (token) => principalOf(clients, token, audiences.isScoring),
    counters,
    seed: state.settings.seed,
  })
  const real = { seed: state.settings.seed, counters, views: workspace.views, now: Date.now }
  const traffic = options.runsScripts ? {} : { traffic: createTrafficDesk(createRealStage(real)) }
  workspace.changed()
  return {
    workspace,
    runtime,
    counters,
    services: servicesOf(options, workspace, runtime, { counters, ...traffic }),
    async close() {
      traffic.traffic?.end()
      workspace.close()
      await Promise.all([runtime.close(), jobs.close()])
      // What containers have printed since the last write, for who asks for their logs by the next command.
      save()
    },
  }
}

const MLFLOW_NEEDS_VENV =
  'MLflow models without a scoring script run only where the Python environments of the sandbox are venvs.'

/** Jobs get what online deployments get: the Python of their environment. */
function pythonOfJobs(python: PythonOptions): PythonOf {
  return async ({ environment, modelName }, model, onProgress, signal) => {
    const options = { ...python, onProgress, signal }
    if (model === undefined) return (await pythonFor(environment, options)).executable
    if (python.mode === 'system') throw new Error(MLFLOW_NEEDS_VENV)
    const needs = () => needsOfModel(model)
    return (await pythonWith(needs, `the model ${modelName ?? ''}`, options)).executable
  }
}

function blobStoreOf(engine: EngineOptions): Storage {
  const { foundation, blobs, blobOrigin, otherBlobOrigins, scratch } = engine
  return {
    ...{ blobs, scratch },
    accountName: foundation.account.accountName,
    origins: [blobOrigin, ...otherBlobOrigins],
    workspace: datastoreRootOf(foundation.options),
    defaultContainer: defaultContainer(foundation.options.workspaceId),
  }
}

function workspaceSettings(engine: EngineOptions) {
  const { foundation, origins, blobOrigin, runsScripts, python } = engine
  const { options, account } = foundation
  return {
    ...workspaceOptionsOf(options, storageOf(account, blobOrigin)),
    latenciesMs: {
      containerPatience: patienceOf(python.mode, options.timeScale),
      ...options.latenciesMs,
    },
    dataPlaneOrigin: `${origins.scoring}/{name}`,
    serviceOrigin: origins.armTls,
    containers: runsScripts ? 'runtime' : 'declared',
  } satisfies WorkspaceOptions
}

// Time may be scaled, but a Python process starts no faster for it, nor does pip install: they have real minutes.
function patienceOf(mode: PythonOptions['mode'], timeScale = 1): number {
  const realMs = mode === 'venv' ? 1_800_000 : 120_000
  return Math.max(REAL_LATENCIES.containerPatience, realMs * timeScale)
}

function storageOf(account: StorageAccount, blobOrigin: string): WorkspaceOptions['storage'] {
  const startsAtMs = Date.now() - yearMs
  const sasToken = accountSas(account, { startsAtMs, expiresAtMs: startsAtMs + 11 * yearMs })
  return { ...account, blobOrigin, sasToken }
}

function stateOf(foundation: Foundation, settings: WorkspaceOptions): State {
  const state = foundation.state
    ? restoreWorkspace(foundation.state, settings, Date.now())
    : createWorkspace(settings, Date.now())
  for (const fault of foundation.options.faults ?? []) {
    injectFault(state, parseFault(fault), Date.now())
  }
  return state
}

function servicesOf(
  engine: EngineOptions,
  workspace: LiveWorkspace,
  runtime: Runtime,
  told: Pick<ManagementOptions, 'counters' | 'traffic'>,
): Services {
  const { foundation } = engine
  const { issuer, options } = foundation
  const clients = clientsOf(options)
  const audiences = audiencesIn(engine)
  const { isArm, isScoring } = audiences
  const controlPlane = createControlPlane({
    state: workspace.state,
    now: Date.now,
    principalOf: (token) => principalOf({ issuer, clients }, token, isArm),
    store: blobStoreOf(engine),
    onExchange: options.onExchange,
    onWrite: workspace.changed,
  })
  const batch = createBatchDoor({
    principalOf: (token) => principalOf({ issuer, clients }, token, isScoring),
    invoke(invocation) {
      const answer = invokeBatch(workspace.state, invocation, Date.now())
      workspace.changed()
      return answer
    },
  })
  const regional = regionalDoor(workspace, (token) =>
    principalOf({ issuer, clients }, token, (one) => isArm(one) || isScoring(one)),
  )
  const manage = createManagement({
    views: workspace.views,
    now: Date.now,
    ...told,
    injectFault: workspace.injectFault,
    clearFaults: workspace.clearFaults,
  })
  const monitorOf = monitorDoor({ where: options, audiences }, workspace, told, (token, accepts) =>
    principalOf({ issuer, clients }, token, accepts),
  )
  const metadata = metadataOf(engine)
  const known = { clients, issuer, isKnownResource: audiences.isKnown }
  const instance = createInstanceMetadata(known)
  return {
    arm: async (request) => {
      // What time has ended is noted before a write of the same name can follow it.
      runtime.refresh()
      return (
        manage(request) ??
        metadata(request) ??
        instance(request) ??
        monitorOf(request) ??
        regional(request) ??
        controlPlane(request)
      )
    },
    login: createAuthority({ tenantId: options.tenantId, ...known }),
    scoring: (request) =>
      batchEndpointOf(request) === undefined ? runtime.handle(request) : batch(request),
  }
}

function metadataOf({ foundation, origins, storageSuffix }: EngineOptions) {
  const { armTls: arm, login } = origins
  return createCloudMetadata({ cloud: foundation.options.cloud, arm, login, storageSuffix })
}

function audiencesIn({ foundation, origins }: EngineOptions): Audiences {
  return audiencesOf(foundation.options.cloud, [origins.arm, origins.armTls])
}

type MonitorDoor = Parameters<typeof createMonitorDoor>[0]

function monitorDoor(
  of: Pick<MonitorDoor, 'where' | 'audiences'>,
  { views }: LiveWorkspace,
  { counters }: Pick<ManagementOptions, 'counters'>,
  byWhom: MonitorDoor['principalOf'],
) {
  return createMonitorDoor({
    ...of,
    views,
    history: counters.history,
    now: Date.now,
    principalOf: byWhom,
  })
}

function regionalDoor(
  { state }: LiveWorkspace,
  byWhom: Parameters<typeof createRegionalDoor>[0]['principalOf'],
) {
  return createRegionalDoor({ state, now: Date.now, principalOf: byWhom })
}
