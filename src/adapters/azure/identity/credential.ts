import { AsyncLocalStorage } from 'node:async_hooks'
import type { GetTokenOptions, TokenCredential } from '@azure/core-auth'
import type { PipelinePolicy } from '@azure/core-rest-pipeline'
import type { Clock, Meter } from '../../../reconcile/ports.ts'
import { meterPolicy } from '../http/meter-policy.ts'
import { isLoopback } from '../http/origin.ts'
import {
  AzureCliCredential,
  ChainedTokenCredential,
  ClientSecretCredential,
  ManagedIdentityCredential,
  WorkloadIdentityCredential,
} from '../http/sdk.ts'
import { httpClientOf, type Transport } from '../http/transport.ts'
import { timeLimitPolicy } from '../http/whole-body.ts'
import { type ChosenIdentity, type CommonOptions, credentialOfChosen } from './chosen-identity.ts'
import type { RenewableCredential } from './token.ts'

/** Who we are to Azure; from the configuration. */
export interface IdentitySettings {
  /** https origin of the login host; absent = Microsoft's public one. Another one is taken at its word. */
  readonly authorityHost?: string
  readonly tenantId?: string
  readonly clientId?: string
  /** For the sandbox and for trying out; on Azure prefer an identity without a secret. */
  readonly clientSecret?: string
  /** The token that Kubernetes projects for workload identity. */
  readonly federatedTokenFile?: string
  /** This identity and no other, whatever else is set. */
  readonly chosen?: ChosenIdentity
}

export interface CredentialOptions {
  /** How the login host is reached, when not by sockets. */
  readonly transport?: Transport
  readonly measure?: { readonly clock: Clock; readonly meter: Meter }
  /** For one answer of the login host; @azure/identity itself waits for ever. */
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 10_000

/**
 * The chosen identity; else a client secret where one is configured, else the first of workload identity, managed identity and Azure CLI that this
 * place has. `renew` starts afresh: @azure/identity keeps a token until its time is up, also one that Azure refused.
 */
export function createCredential(
  settings: IdentitySettings,
  options: CredentialOptions = {},
): RenewableCredential {
  const common = commonOptions(settings, options)
  let current = credentialOf(settings, common)
  return {
    getToken: (scopes, how) =>
      asking.run(how?.abortSignal, () => current.credential.getToken(scopes, how)),
    renew() {
      current = credentialOf(settings, common)
    },
    identity: () => current.identity(),
  }
}

/** A credential, and who it is by what is known of it until now. */
interface Named {
  readonly credential: TokenCredential
  identity(): string
}

function commonOptions(
  { authorityHost }: IdentitySettings,
  { transport, measure, timeoutMs = TIMEOUT_MS }: CredentialOptions,
): CommonOptions {
  const isLocal = authorityHost !== undefined && isLoopback(new URL(authorityHost))
  const metered =
    measure && meterPolicy({ api: 'login', resourceTypeOf: () => 'other', ...measure })
  const policies = [
    ...(isLocal ? [directPolicy()] : []),
    ...(metered ? [metered] : []),
    givenUpPolicy(),
    timeLimitPolicy(timeoutMs),
  ]
  return {
    retryOptions: { maxRetries: 1, retryDelayInMs: 200, maxRetryDelayInMs: 1_000 },
    additionalPolicies: policies.map((policy) => ({ policy, position: 'perRetry' })),
    ...(transport && { httpClient: httpClientOf(transport) }),
    // Discovery asks Microsoft's public host whether it knows this one.
    ...(authorityHost !== undefined && { authorityHost, disableInstanceDiscovery: true }),
  }
}

/** By whom a token is asked for: @azure/identity does not pass the signal on to its requests. */
const asking = new AsyncLocalStorage<GetTokenOptions['abortSignal']>()

function givenUpPolicy(): PipelinePolicy {
  return {
    name: 'givenUpPolicy',
    sendRequest(request, next) {
      const signal = asking.getStore()
      if (signal !== undefined) request.abortSignal = signal
      return next(request)
    },
  }
}

/** What is on this machine is asked past the proxy. Its policy cannot be taken out of the client, but stands before this one. */
function directPolicy(): PipelinePolicy {
  return {
    name: 'directPolicy',
    sendRequest(request, next) {
      delete request.agent
      return next(request)
    },
  }
}

function credentialOf(settings: IdentitySettings, common: CommonOptions): Named {
  const { tenantId, clientId, clientSecret, chosen } = settings
  if (chosen !== undefined)
    return { credential: credentialOfChosen(chosen, common), identity: () => chosen.is }
  if (clientSecret === undefined) return chainOf(settings, common)
  if (tenantId === undefined || clientId === undefined) {
    throw new Error('A client secret needs a tenant id and a client id beside it.')
  }
  const credential = new ClientSecretCredential(tenantId, clientId, clientSecret, common)
  return { credential, identity: () => `client secret of ${clientId}` }
}

function chainOf(settings: IdentitySettings, common: CommonOptions): Named {
  const { tenantId, clientId, federatedTokenFile } = settings
  let used: string | undefined
  const links: TokenCredential[] = []
  const add = (name: string, credential: TokenCredential): void => {
    const getToken: TokenCredential['getToken'] = async (scopes, how) => {
      const token = await credential.getToken(scopes, how)
      used = name
      return token
    }
    links.push({ getToken })
  }
  if (federatedTokenFile !== undefined && tenantId !== undefined && clientId !== undefined) {
    const workload = { tenantId, clientId, tokenFilePath: federatedTokenFile, ...common }
    add(`workload identity ${clientId}`, new WorkloadIdentityCredential(workload))
  }
  if (clientId === undefined) add('managed identity', new ManagedIdentityCredential({ ...common }))
  else add(`managed identity ${clientId}`, new ManagedIdentityCredential(clientId, { ...common }))
  add('Azure CLI', new AzureCliCredential({ processTimeoutInMs: 10_000 }))
  const credential = new ChainedTokenCredential(...links)
  return { credential, identity: () => used ?? 'default identity' }
}
