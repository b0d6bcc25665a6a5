import type { BlobClient } from './blobs/client.ts'
import { accountSas, type StorageAccount } from './blobs/signature.ts'
import { createControlPlane } from './control-plane.ts'
import {
  createWorkspace,
  injectFault,
  parseFault,
  restoreWorkspace,
  type State,
} from './core/machine.ts'
import { REAL_LATENCIES, type WorkspaceOptions } from './core/options.ts'
import type { Doors, Services } from './doors.ts'
import type { Foundation } from './foundation.ts'
import { createAuthority } from './identity/authority.ts'
import { principalOf } from './identity/principal.ts'
import { createLiveWorkspace, type LiveWorkspace } from './live-workspace.ts'
import { createManagement } from './management.ts'
import {
  clientsOf,
  defaultContainer,
  isArmResource,
  isKnownResource,
  isScoringResource,
  workspaceOptionsOf,
} from './options.ts'
import { createRuntime, type Runtime } from './scoring/runtime.ts'

export interface EngineOptions {
  readonly foundation: Foundation
  readonly origins: Doors['origins']
  /** Ports of all listeners, to be kept with the state. */
  readonly ports: Readonly<Record<string, number>>
  readonly blobs: BlobClient
  readonly blobOrigin: string
  readonly python: string
  readonly runsScripts: boolean
}

/** A workspace in real time with its data plane, and what answers at each door. */
export interface Engine {
  readonly workspace: LiveWorkspace
  readonly runtime: Runtime
  readonly services: Services
  close(): Promise<void>
}

const yearMs = 365 * 86_400_000

export function createEngine(options: EngineOptions): Engine {
  const { foundation, blobs } = options
  const state = stateOf(foundation, workspaceSettings(options))
  const workspace = createLiveWorkspace({
    state,
    now: Date.now,
    save: () => foundation.save(state, options.ports),
    onChange: () => runtime.refresh(),
  })
  const clients = { issuer: foundation.issuer, clients: clientsOf(foundation.options) }
  const runtime = createRuntime({
    python: options.python,
    runsScripts: options.runsScripts,
    storage: {
      blobs,
      accountName: foundation.account.accountName,
      defaultContainer: defaultContainer(foundation.options.workspaceId),
    },
    views: workspace.views,
    tell: workspace.setContainer,
    onLog: workspace.appendLog,
    principalOf: (token) => principalOf(clients, token, isScoringResource),
  })
  workspace.changed()
  return {
    workspace,
    runtime,
    services: servicesOf(options, workspace, runtime),
    async close() {
      workspace.close()
      await runtime.close()
    },
  }
}

function workspaceSettings({ foundation, origins, blobOrigin, runsScripts }: EngineOptions) {
  const { options, account } = foundation
  return {
    ...workspaceOptionsOf(options, storageOf(account, blobOrigin)),
    latenciesMs: { containerPatience: patienceOf(options.timeScale), ...options.latenciesMs },
    dataPlaneOrigin: `${origins.scoring}/{name}`,
    serviceOrigin: origins.armTls,
    containers: runsScripts ? 'runtime' : 'declared',
  } satisfies WorkspaceOptions
}

// Time may be scaled, but a Python process starts no faster for it: it always has two real minutes.
function patienceOf(timeScale = 1): number {
  return Math.max(REAL_LATENCIES.containerPatience, 120_000 * timeScale)
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
  { foundation, origins, blobs }: EngineOptions,
  workspace: LiveWorkspace,
  runtime: Runtime,
): Services {
  const { issuer, options } = foundation
  const clients = clientsOf(options)
  const own = [origins.arm, origins.armTls]
  const isArm = (audience: string) => isArmResource(audience, own)
  const controlPlane = createControlPlane({
    state: workspace.state,
    now: Date.now,
    principalOf: (token) => principalOf({ issuer, clients }, token, isArm),
    createContainer: blobs.createContainer,
    onExchange: options.onExchange,
    onWrite: workspace.changed,
  })
  const manage = createManagement({ workspace, counters: runtime.counters })
  return {
    arm: async (request) => {
      // What time has ended is noted before a write of the same name can follow it.
      runtime.refresh()
      return manage(request) ?? controlPlane(request)
    },
    login: createAuthority({
      tenantId: options.tenantId,
      clients,
      issuer,
      isKnownResource: (resource) => isKnownResource(resource, own),
    }),
    scoring: runtime.handle,
  }
}
