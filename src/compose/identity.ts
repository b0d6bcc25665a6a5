import { isLoopback } from '../adapters/azure/http/origin.ts'
import type { ChosenIdentity } from '../adapters/azure/identity/chosen-identity.ts'
import type { Config } from '../config.ts'
import type { ApplicationIdentity } from '../core/model/application.ts'
import type { AzureAccess } from './azure-access.ts'

const FIELD = 'spec.workspace.identity'

/**
 * Who an Application is in its workspace, of what the configuration has for it. What does not fit together is `refused`, with
 * field, setting and reason: that Application gets no token, and the others are not affected.
 */
export function chosenIdentity(
  wanted: ApplicationIdentity,
  access: Pick<AzureAccess, 'endpoint' | 'tenantId' | 'clientId' | 'federatedTokenFile'>,
  { secrets, managedAt }: Config['identities'],
): ChosenIdentity {
  if ('secret' in wanted) return namedSecret(wanted.secret, secrets)
  if ('workloadIdentity' in wanted) return workload(wanted.workloadIdentity, access)
  return managed(wanted.managedIdentity, access, managedAt)
}

function namedSecret(name: string, secrets: Config['identities']['secrets']): ChosenIdentity {
  const is = `secret ${name}`
  const secret = Object.hasOwn(secrets, name) ? secrets[name] : undefined
  if (secret !== undefined) return { by: 'secret', is, ...secret }
  const variable = `VERDIGRIS_IDENTITY_${name.toUpperCase().replaceAll('-', '_')}`
  return refused(
    is,
    `${FIELD}.secret is '${name}': neither ${variable} nor ${variable}_FILE is set`,
  )
}

function workload(
  { clientId, tenantId: own }: { readonly clientId: string; readonly tenantId?: string },
  { tenantId: configured, federatedTokenFile: tokenFile }: Parameters<typeof chosenIdentity>[1],
): ChosenIdentity {
  const is = `workload identity ${clientId}`
  const field = `${FIELD}.workloadIdentity`
  const tenantId = own ?? configured
  if (tokenFile === undefined)
    return refused(
      is,
      `${field}: AZURE_FEDERATED_TOKEN_FILE is not set, so that the pod has no token of Kubernetes (label azure.workload.identity/use)`,
    )
  if (tenantId === undefined)
    return refused(is, `${field} has no tenantId, and AZURE_TENANT_ID is not set`)
  return { by: 'workload', is, clientId, tenantId, tokenFile }
}

function managed(
  name: { readonly clientId: string } | { readonly resourceId: string },
  { endpoint, tenantId, federatedTokenFile }: Parameters<typeof chosenIdentity>[1],
  managedAt: readonly string[],
): ChosenIdentity {
  const is = `managed identity ${'clientId' in name ? name.clientId : name.resourceId}`
  const field = `${FIELD}.managedIdentity`
  // @azure/identity would take the workload identity instead, whatever managed identity is named.
  if (federatedTokenFile !== undefined && tenantId !== undefined)
    return refused(
      is,
      `${field}: AZURE_FEDERATED_TOKEN_FILE is set, so that this machine has workload identities: name it by workloadIdentity.clientId`,
    )
  // A token of a real directory must not go to whatever listens on this machine.
  const isHere = managedAt.length > 0 && managedAt.every(isLocal)
  if (isLocal(endpoint) && !isHere)
    return refused(
      is,
      `${field}: VERDIGRIS_ARM_ENDPOINT is on this machine, and its managed identities are not`,
    )
  return { by: 'managed', is, name }
}

function isLocal(address: string): boolean {
  return URL.canParse(address) && isLoopback(new URL(address))
}

function refused(is: string, why: string): ChosenIdentity {
  return { by: 'nothing', is, why: `${why}.` }
}
