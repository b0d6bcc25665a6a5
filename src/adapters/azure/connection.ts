import type { HttpClient } from '@azure/core-rest-pipeline'
import { AZURE_CLOUDS, type AzureCloud } from '../../core/model/azure-cloud.ts'
import type { Clock, Meter } from '../../reconcile/ports.ts'
import { type ArmClient, openClient } from './http/client.ts'
import { isLoopback, serviceOrigin } from './http/origin.ts'
import { createDefaultHttpClient } from './http/sdk.ts'
import { httpClientOf, type Transport } from './http/transport.ts'
import type { RenewableCredential } from './identity/token.ts'
import { DEFAULT_LIMITS, type Limits } from './limits.ts'
import type { WorkspaceAddress } from './paths.ts'
import { type Budget, openBudget } from './throttle/budget.ts'
import { openThrottle, type Throttle } from './throttle/throttle.ts'

export interface AzureOptions {
  readonly workspace: WorkspaceAddress
  readonly credential: RenewableCredential
  /** Default: the public one. */
  readonly cloud?: AzureCloud
  /** Default: the cloud's ARM. Another one only on loopback, where plain http will do. */
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
  /** What the principal may ask for, where others ask in its name, too; one of its own unless given. */
  readonly budget?: Budget
}

/** One workspace, and what asking it takes. */
export interface Connection {
  readonly credential: RenewableCredential
  readonly httpClient: HttpClient
  readonly clock: Clock
  readonly meter: Meter
  readonly limits: Limits
  readonly budget: Budget
  readonly cloud: AzureCloud
  readonly origin: string
  readonly apiVersion: string
  readonly throttle: Throttle
  readonly client: ArmClient
  /** The service is on this machine, and so may be its storage. */
  readonly allowLoopback: boolean
}

/** Sends nothing. Throws for an endpoint that may not be used: no token of a cloud goes to a host that is not of it. */
export function openConnection(options: AzureOptions): Connection {
  const { workspace, credential, clock, meter, apiVersion = '2024-10-01' } = options
  const { cloud = AZURE_CLOUDS.public } = options
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const origin = serviceOrigin(options.endpoint ?? cloud.resourceManager)
  if (origin !== cloud.resourceManager && !isLoopback(new URL(origin)))
    throw new Error(`The Azure endpoint is not of the cloud ${cloud.name}.`)
  const httpClient = options.transport ? httpClientOf(options.transport) : createDefaultHttpClient()
  const budget = options.budget ?? openBudget(clock, limits)
  const throttle = openThrottle({ limits, clock, meter, budget })
  const common = {
    credential,
    httpClient,
    clock,
    meter,
    limits,
    cloud,
    origin,
    apiVersion,
    throttle,
  }
  const client = openClient(workspace, common)
  return { ...common, budget, client, allowLoopback: isLoopback(new URL(origin)) }
}
