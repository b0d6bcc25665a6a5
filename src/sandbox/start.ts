import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openOwnFolder } from '../lib/own-folder.ts'
import { startAzurite } from './blobs/azurite.ts'
import { type BlobClient, createBlobClient } from './blobs/client.ts'
import { blobHostOf, openBlobTlsDoor, STORAGE_SUFFIX } from './blobs/tls-door.ts'
import { createEngine, type Engine } from './engine.ts'
import { type Foundation, layFoundation } from './foundation.ts'
import { send } from './http/send.ts'
import { type Coordinates, defaultContainer, type SandboxOptions } from './options.ts'
import type { PythonMode } from './python/environment.ts'
import { type DoorName, type Doors, openDoors, preferring } from './routers/doors.ts'
import type { Counter } from './scoring/counters/counters.ts'

export interface StartSandboxOptions extends SandboxOptions {
  /** Absent or 0 = a free one, or the one of before a restart. */
  readonly ports?: Partial<Readonly<Record<DoorName | 'blob' | 'blobTls', number>>> | undefined
  /** Keeps the workspace over restarts; its blobs and its certificate lie beside it. */
  readonly stateFile?: string | undefined
  /** Where the authority's certificate is written; absent = beside the state file, or a temporary folder. */
  readonly caFile?: string | undefined
  /** The machine's Python; absent = `python3`. */
  readonly python?: string | undefined
  /**
   * What scoring scripts run with: 'system' (default), the machine's Python as it is; 'venv', one with what the
   * registered environment asks for. MLflow models without a script run only with the latter.
   */
  readonly pythonEnvironment?: PythonMode | undefined
  /** Refuses environments that ask for a Python which this machine does not have; absent = the one at hand is used. */
  readonly strictPython?: boolean | undefined
  /** A sentence that ends the message of a deployment whose script found no module, or no Python; for mode 'system'. */
  readonly missingModuleHint?: string | undefined
  /** Where venvs are kept between runs; absent = the user's cache folder. */
  readonly pythonCache?: string | undefined
  /** Where its temporary files are; absent = the system's place for them. */
  readonly temporaryFolder?: string | undefined
  /** Told how the building of venvs goes, line by line. */
  readonly onProgress?: ((line: string) => void) | undefined
  /** false: nothing is run, time alone makes deployments ready, and scoring is answered by 424. */
  readonly runsScripts?: boolean | undefined
  /** Told about what went wrong inside. */
  readonly onError?: ((error: unknown) => void) | undefined
}

/** A workspace on loopback. */
export interface Sandbox extends Coordinates {
  readonly armTls: string
  /** The blobs over TLS, as Microsoft's clients look for them; `*.localhost` must lead to loopback there. */
  readonly blobTls: string
  /** Origin of the data plane; an endpoint's scoringUri lies under it. */
  readonly scoring: string
  readonly caFile: string
  /** Exact figures of the data plane since the start. */
  counters(): Counter[]
  /** A fault in the CLI's text form. */
  injectFault(text: string): void
  clearFaults(): void
  close(): Promise<void>
}

const patienceMs = 60_000

type Closer = () => void | Promise<void>

/** Starts a workspace on loopback and waits until it serves. Nothing is left behind when it rejects. */
export async function startSandbox(given: StartSandboxOptions = {}): Promise<Sandbox> {
  const closers: Closer[] = []
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= closeAll(closers)
    return closing
  }
  try {
    return { ...(await assemble(given, closers)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function assemble(
  given: StartSandboxOptions,
  closers: Closer[],
): Promise<Omit<Sandbox, 'close'>> {
  const { ports = {}, stateFile, caFile: askedCaFile, temporaryFolder, ...rest } = given
  const { python, pythonEnvironment, strictPython, pythonCache, onProgress, ...more } = rest
  const { runsScripts = true, onError = () => undefined, missingModuleHint, ...options } = more
  const temporary = await openOwnFolder('verdigris-sandbox', temporaryFolder)
  closers.push(temporary.remove)
  const foundation = await layFoundation(options, stateFile)
  closers.push(foundation.release)
  const { certificate, ports: portsBefore } = foundation
  // Whoever is told of it may be in another folder.
  const caFile = resolve(
    askedCaFile ?? besides(stateFile, '.ca.pem') ?? join(temporary.path, 'ca.pem'),
  )
  writeFileSync(caFile, certificate.ca)
  const blob = await openBlobs(foundation, ports, besides(stateFile, '.blobs'), closers)
  const doors = await openDoors({ ports, portsBefore, certificate, onError })
  closers.push(doors.close)
  const engine = createEngine({
    ...{ foundation, runsScripts },
    python: {
      mode: pythonEnvironment ?? 'system',
      strict: strictPython ?? false,
      ...(python === undefined ? {} : { python }),
      ...(pythonCache === undefined ? {} : { cacheFolder: pythonCache }),
      ...(missingModuleHint === undefined ? {} : { missingModuleHint }),
      ...(onProgress === undefined ? {} : { onProgress }),
    },
    origins: doors.origins,
    ports: { ...doors.ports, ...blob.ports },
    blobs: blob.client,
    blobOrigin: blob.origin,
    otherBlobOrigins: [blob.tlsOrigin, ...blobOriginsAt(foundation.account, foundation.ports)],
    scratch: temporary.path,
    storageSuffix: `${STORAGE_SUFFIX}:${blob.ports.blobTls}`,
  })
  closers.push(engine.close)
  engine.runtime.refresh()
  // After a restart: whatever was serving serves again before anyone can ask, unless its init() hangs.
  const patience = sleep(patienceMs, undefined, { ref: false })
  await Promise.race([engine.runtime.whenSettled(), patience])
  doors.serve(engine.services)
  return sandboxOf(foundation, doors, blob, caFile, engine)
}

function sandboxOf(
  { options }: Foundation,
  { origins }: Doors,
  { origin: blob, tlsOrigin: blobTls }: Blobs,
  caFile: string,
  { workspace, counters }: Engine,
): Omit<Sandbox, 'close'> {
  const { subscriptionId, resourceGroup, location, workspaceId } = options
  const { tenantId, clientId, clientSecret, cloud } = options
  return {
    ...origins,
    blob,
    blobTls,
    caFile,
    subscriptionId,
    resourceGroup,
    workspace: options.workspace,
    location,
    workspaceId,
    cloud,
    tenantId,
    clientId,
    clientSecret,
    counters: counters.read,
    injectFault: workspace.injectFault,
    clearFaults: workspace.clearFaults,
  }
}

interface Blobs {
  readonly origin: string
  readonly tlsOrigin: string
  readonly ports: { readonly blob: number; readonly blobTls: number }
  readonly client: BlobClient
}

async function openBlobs(
  { account, ports, options, certificate }: Foundation,
  asked: NonNullable<StartSandboxOptions['ports']>,
  location: string | undefined,
  closers: Closer[],
): Promise<Blobs> {
  const keeping = location ? { location } : {}
  const start = (port: number) => startAzurite({ account, port, ...keeping })
  const { origin, close } = await preferring(asked.blob, ports.blob, start)
  closers.push(close)
  const blobPort = Number(new URL(origin).port)
  const door = await preferring(asked.blobTls, ports.blobTls, (port) =>
    openBlobTlsDoor({ port, certificate, blobPort }),
  )
  closers.push(door.close)
  const client = createBlobClient({ account, origin, send, now: Date.now })
  await client.createContainer(defaultContainer(options.workspaceId))
  const tlsOrigin = `https://${blobHostOf(account.accountName)}:${door.port}`
  return { origin, tlsOrigin, ports: { blob: blobPort, blobTls: door.port }, client }
}

/** Where the blobs were before a restart: assets of that time name these addresses. */
function blobOriginsAt(
  { accountName }: Foundation['account'],
  { blob, blobTls }: Foundation['ports'],
): string[] {
  return [
    ...(blob === undefined ? [] : [`http://127.0.0.1:${blob}/${accountName}`]),
    ...(blobTls === undefined ? [] : [`https://${blobHostOf(accountName)}:${blobTls}`]),
  ]
}

function besides(stateFile: string | undefined, ending: string): string | undefined {
  return stateFile === undefined ? undefined : `${stateFile}${ending}`
}

// In the reverse order of the beginning, each of them even if one before has failed.
async function closeAll(closers: readonly Closer[]): Promise<void> {
  const errors: unknown[] = []
  for (const closer of closers.toReversed()) {
    await Promise.resolve()
      .then(closer)
      .catch((error: unknown) => errors.push(error))
  }
  if (errors.length > 0) throw new AggregateError(errors, 'The sandbox could not be closed cleanly')
}
