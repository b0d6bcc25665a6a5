import { z } from 'zod'
import { text } from '../../kinds/fields/fields.ts'
import type { ApplicationIdentity } from '../../model/application.ts'

/** A GUID, as Azure writes subscriptions, tenants and clients. */
export function guid() {
  return text(36, (id) =>
    /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(id) ? undefined : 'must be a GUID',
  )
}

const RESOURCE_ID =
  /^\/subscriptions\/[0-9a-f-]{36}\/resourceGroups\/[-\w().]{1,90}\/providers\/Microsoft\.ManagedIdentity\/userAssignedIdentities\/[-\w]{3,128}$/i

/** A name that an environment variable can hold; what looks like a secret is none. */
function checkSecretName(name: string): string | undefined {
  if (!/^[a-z](?:[a-z0-9]|-(?=[a-z0-9]))*$/.test(name))
    return 'must be the name of a secret in the configuration: lower-case letters, digits and single "-", a letter first'
  return name === 'file' || name.endsWith('-file') ? 'must not end with "file"' : undefined
}

const workloadIdentity = z.strictObject({
  clientId: guid().describe('Client id.'),
  tenantId: guid().optional().describe('Tenant. Default `AZURE_TENANT_ID`.'),
})

const managedIdentity = z
  .strictObject({
    clientId: guid().optional().describe('Client id.'),
    resourceId: text(512, (id) =>
      RESOURCE_ID.test(id)
        ? undefined
        : 'must be the ARM id of a managed identity (/subscriptions/…/userAssignedIdentities/name)',
    )
      .optional()
      .describe('ARM id, instead.'),
  })
  .superRefine(exactlyOne('clientId', 'resourceId'))

/** `spec.workspace.identity`: one identity, by one of its names. */
export const identity = z
  .strictObject({
    workloadIdentity: workloadIdentity
      .optional()
      .describe('A workload identity, by the token that Kubernetes projects.'),
    managedIdentity: managedIdentity
      .optional()
      .describe('A managed identity of the machine; exactly one of its names.'),
    secret: text(63, checkSecretName)
      .optional()
      .describe('Name of a client secret: `VERDIGRIS_IDENTITY_<NAME>` or `…_FILE` has it.'),
  })
  .superRefine(exactlyOne('workloadIdentity', 'managedIdentity', 'secret'))

function exactlyOne(...names: readonly string[]) {
  return (fields: { readonly [name: string]: unknown }, context: z.RefinementCtx): void => {
    if (names.filter((name) => fields[name] !== undefined).length === 1) return
    const last = names.at(-1)
    const listed = `${names
      .slice(0, -1)
      .map((name) => `"${name}"`)
      .join(', ')} and "${last}"`
    context.addIssue({ code: 'custom', message: `must have exactly one of ${listed}` })
  }
}

/** What was read by `identity`, of which one thing is said. */
export function identityOf({
  workloadIdentity,
  managedIdentity,
  secret,
}: z.output<typeof identity>): ApplicationIdentity {
  if (secret !== undefined) return { secret }
  if (workloadIdentity !== undefined) {
    const { clientId, tenantId } = workloadIdentity
    return { workloadIdentity: { clientId, ...(tenantId === undefined ? {} : { tenantId }) } }
  }
  const { clientId = '', resourceId } = managedIdentity ?? {}
  return { managedIdentity: resourceId === undefined ? { clientId } : { resourceId } }
}
