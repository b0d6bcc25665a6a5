import type { Clock, Cloud, Meter } from '../../reconcile/ports.ts'
import { createAges } from './ages.ts'
import { openClient } from './client.ts'
import { createDoubts } from './doubts.ts'
import { DEFAULT_LIMITS, type Limits } from './limits.ts'
import { createLooks } from './looks.ts'
import { observeWorkspace } from './observe.ts'
import { isLoopback, serviceOrigin } from './origin.ts'
import type { WorkspaceAddress } from './paths.ts'
import { patientUploads } from './patient-uploads.ts'
import { createResting } from './resting.ts'
import { createDefaultHttpClient } from './sdk.ts'
import { startAction } from './start.ts'
import { openThrottle } from './throttle.ts'
import type { RenewableCredential } from './token.ts'
import { httpClientOf, type Transport } from './transport.ts'
import { openUploads } from './upload.ts'
import { workspaceReader } from './workspace.ts'

export interface AzureOptions {
  readonly workspace: WorkspaceAddress
  readonly credential: RenewableCredential
  /** Default `https://management.azure.com`. Plain http only on loopback. */
  readonly endpoint?: string
  /**
   * Default 2024-10-01. An API version shows only the fields it knows, and a PUT erases what it was not shown: the newest
   * one that was tried is the one that loses least.
   */
  readonly apiVersion?: string
  /** A way to Azure without sockets. */
  readonly transport?: Transport
  readonly clock: Clock
  readonly meter: Meter
  readonly limits?: Partial<Limits>
}

/** The Azure side of one workspace, by Microsoft's client. */
export function openAzure(options: AzureOptions): Cloud {
  const { workspace: address, credential, clock, meter } = options
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const origin = serviceOrigin(options.endpoint ?? 'https://management.azure.com')
  const httpClient = options.transport ? httpClientOf(options.transport) : createDefaultHttpClient()
  const common = { credential, httpClient, clock, meter, limits }
  const throttle = openThrottle(common)
  const client = openClient(address, {
    ...common,
    origin,
    apiVersion: options.apiVersion ?? '2024-10-01',
    throttle,
  })
  const allowLoopback = isLoopback(new URL(origin))
  const eager = openUploads({ client, clock, limits, storage: { ...common, allowLoopback } })
  const uploads = patientUploads(eager, limits.uploadPatienceMs)
  const workspace = workspaceReader({ address, client, clock, limits })
  const doubts = createDoubts()
  const resting = createResting(clock, limits)
  const ages = createAges(clock)
  const looks = createLooks(clock, limits)
  const reading = {
    client,
    limits,
    clock,
    workspace,
    failures: new Map(),
    doubts,
    resting,
    ages,
    looks,
    throttle,
  }
  return {
    observe: (wanted, signal) => observeWorkspace(reading, wanted, signal),
    start: (action, content, signal) =>
      startAction(
        { client, clock, uploads, doubts, ages, looks, resting, throttle },
        action,
        content,
        signal,
      ),
  }
}
