import type { TokenCredential } from '@azure/core-auth'
import type { TokenCredentialOptions } from '@azure/identity'
import type { Clock, Meter } from '../../reconcile/ports.ts'
import { meterPolicy } from './meter-policy.ts'
import {
  AzureCliCredential,
  ChainedTokenCredential,
  ClientSecretCredential,
  ManagedIdentityCredential,
  WorkloadIdentityCredential,
} from './sdk.ts'
import type { RenewableCredential } from './token.ts'
import { httpClientOf, type Transport } from './transport.ts'

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
}

export interface CredentialOptions {
  /** How the login host is reached, when not by sockets. */
  readonly transport?: Transport
  readonly measure?: { readonly clock: Clock; readonly meter: Meter }
}

/**
 * A client secret where one is configured, else the first of workload identity, managed identity and Azure CLI that this
 * place has. `renew` starts afresh: @azure/identity keeps a token until its time is up, also one that Azure refused.
 */
export function createCredential(
  settings: IdentitySettings,
  options: CredentialOptions = {},
): RenewableCredential {
  const common = commonOptions(settings, options)
  let current = credentialOf(settings, common)
  return {
    getToken: (scopes, how) => current.getToken(scopes, how),
    renew() {
      current = credentialOf(settings, common)
    },
  }
}

type Common = TokenCredentialOptions & { readonly disableInstanceDiscovery?: boolean }

function commonOptions(
  { authorityHost }: IdentitySettings,
  { transport, measure }: CredentialOptions,
): Common {
  const metered =
    measure && meterPolicy({ api: 'login', resourceTypeOf: () => 'other', ...measure })
  return {
    retryOptions: { maxRetries: 1, retryDelayInMs: 200, maxRetryDelayInMs: 1_000 },
    ...(metered && { additionalPolicies: [{ policy: metered, position: 'perRetry' }] }),
    ...(transport && { httpClient: httpClientOf(transport) }),
    // Discovery asks Microsoft's public host whether it knows this one.
    ...(authorityHost !== undefined && { authorityHost, disableInstanceDiscovery: true }),
  }
}

function credentialOf(settings: IdentitySettings, common: Common): TokenCredential {
  const { tenantId, clientId, clientSecret, federatedTokenFile } = settings
  if (clientSecret !== undefined) {
    if (tenantId === undefined || clientId === undefined) {
      throw new Error('A client secret needs a tenant id and a client id beside it.')
    }
    return new ClientSecretCredential(tenantId, clientId, clientSecret, common)
  }
  const chain: TokenCredential[] = []
  if (federatedTokenFile !== undefined && tenantId !== undefined && clientId !== undefined) {
    const workload = { tenantId, clientId, tokenFilePath: federatedTokenFile, ...common }
    chain.push(new WorkloadIdentityCredential(workload))
  }
  chain.push(
    clientId === undefined
      ? new ManagedIdentityCredential(common)
      : new ManagedIdentityCredential(clientId, common),
    new AzureCliCredential({ processTimeoutInMs: 10_000 }),
  )
  return new ChainedTokenCredential(...chain)
}
