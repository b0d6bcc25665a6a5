import { z } from 'zod'
import { properties, prose, readOnly, tags, text } from '../fields/fields.ts'
import { checkOnlineName } from '../fields/names.ts'
import { oneOf } from '../fields/word-fields.ts'

const IDENTITY =
  /^\/subscriptions\/[^/]{1,100}\/resourceGroups\/[^/]{1,100}\/providers\/Microsoft\.ManagedIdentity\/userAssignedIdentities\/[^/]{1,255}$/i

const userIdentity = z.strictObject({
  resource_id: text(1024, (id) =>
    IDENTITY.test(id) ? undefined : 'must be the ARM id of a user-assigned identity',
  ).describe('ARM id of the identity.'),
  client_id: readOnly(),
  principal_id: readOnly(),
})

const identity = z
  .strictObject({
    type: oneOf(['system_assigned', 'user_assigned', 'none'], 'camel case').describe(
      'Kind of identity.',
    ),
    user_assigned_identities: z
      .array(userIdentity)
      .max(1)
      .optional()
      .describe('Exactly one, when user-assigned.'),
    principal_id: readOnly(),
    tenant_id: readOnly(),
  })
  .superRefine((value, context) => {
    const given = value.user_assigned_identities?.length ?? 0
    if ((value.type === 'user_assigned') === (given === 1)) return
    const message =
      given === 0 ? 'needs one user-assigned identity' : 'are for the type user_assigned only'
    const path = ['user_assigned_identities']
    context.addIssue({ code: 'custom', message, path, params: { reason: 'InvalidValue' } })
  })

/** What every online endpoint has, on whatever compute. */
export const common = {
  $schema: z.string().optional().describe('Ignored, save that it tells the kind.'),
  name: text(32, checkOnlineName, 'InvalidName').describe('Name, unique in the region.'),
  description: prose(4096).optional().describe('Free text.'),
  tags: tags().optional().describe('Tags of the resource.'),
  properties: properties().optional().describe('Properties; they can be added, never changed.'),
  identity: identity.optional().describe('Identity of the endpoint. Default `system_assigned`.'),
}

/** What `az ml … show` prints beside it. */
export const printedEndpoint = {
  kind: readOnly(),
  id: readOnly(),
  location: readOnly(),
  provisioning_state: readOnly(),
  scoring_uri: readOnly(),
  openapi_uri: readOnly(),
}

export function authMode<Mode extends string>(modes: readonly Mode[]) {
  return oneOf(modes, 'camel case')
    .optional()
    .describe('How callers show who they are. Default `key`.')
}
