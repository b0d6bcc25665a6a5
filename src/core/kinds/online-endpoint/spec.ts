import { z } from 'zod'
import { isObject, type Json, type JsonObject } from '../../model/json.ts'
import { defined, fieldsOf } from '../decode.ts'
import {
  field,
  oneOf,
  properties,
  prose,
  readOnly,
  strictWhole,
  tags,
  text,
  wrong,
} from '../fields.ts'
import type { Decoded, FieldIssue } from '../kind.ts'
import { checkOnlineName } from '../names.ts'
import { shown } from '../shown.ts'

const weights = z
  .record(z.string(), strictWhole(0, 100))
  .meta({ type: 'object', additionalProperties: { type: 'integer', minimum: 0, maximum: 100 } })

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
    type: oneOf(['system_assigned', 'user_assigned', 'none']).describe('Kind of identity.'),
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

const managedOnly = field<never>({ not: {} }, () =>
  wrong('makes a Kubernetes endpoint, which is not supported yet', 'KindNotSupported'),
)

export const endpointSchema = z
  .strictObject({
    $schema: z.string().optional().describe('Ignored, save that it tells the kind.'),
    name: text(32, checkOnlineName, 'InvalidName').describe('Name, unique in the region.'),
    auth_mode: oneOf(['key', 'aml_token', 'aad_token'])
      .optional()
      .describe('How callers show who they are. Default `key`.'),
    description: prose(4096).optional().describe('Free text.'),
    tags: tags().optional().describe('Tags of the resource.'),
    properties: properties().optional().describe('Properties; they can be added, never changed.'),
    identity: identity.optional().describe('Identity of the endpoint. Default `system_assigned`.'),
    public_network_access: oneOf(['enabled', 'disabled'])
      .optional()
      .describe('Whether the endpoint can be reached from the internet. Default `enabled`.'),
    traffic: weights
      .optional()
      .describe('Share of requests by deployment, in percent; the sum is 0 or 100.'),
    mirror_traffic: weights
      .optional()
      .describe(
        'Share of requests copied to one deployment that gets no live traffic, at most 50.',
      ),
    compute: managedOnly.optional(),
    kind: readOnly(),
    id: readOnly(),
    location: readOnly(),
    provisioning_state: readOnly(),
    scoring_uri: readOnly(),
    openapi_uri: readOnly(),
  })
  .describe('A managed online endpoint.')

export function decodeEndpoint(input: JsonObject): Decoded | readonly FieldIssue[] {
  const fields = fieldsOf(endpointSchema, input)
  // Weights are judged even when other fields are wrong: all issues are told at once.
  const issues = trafficIssues(weightsIn(input.traffic), weightsIn(input.mirror_traffic))
  if ('issues' in fields) return [...fields.issues, ...issues]
  if (issues.length > 0) return issues
  const { name, $schema: _, traffic, mirror_traffic, ...rest } = fields.value
  const weighed = { traffic: folded(traffic), mirror_traffic: folded(mirror_traffic) }
  const ref = { kind: 'OnlineEndpoint', name } as const
  const spec = defined({ ...rest, ...weighed })
  return { ref, spec, dependsOn: [], labels: [], inline: [] }
}

type Weights = { readonly [deployment: string]: number }

/** Weights that are whole numbers; others are refused one by one. */
function weightsIn(value: Json | undefined): Weights {
  const entries = isObject(value) ? Object.entries(value) : []
  return Object.fromEntries(
    entries.filter((entry): entry is [string, number] => Number.isInteger(entry[1])),
  )
}

/** INVARIANTS S1: the sum is 0 or 100; one mirror target at most, at 50 at most, and without live traffic. */
function trafficIssues(traffic: Weights, mirror: Weights): readonly FieldIssue[] {
  const issues: FieldIssue[] = []
  const complain = (path: readonly string[], message: string): void => {
    issues.push({ path, reason: 'InvalidTraffic', message })
  }
  for (const [map, of] of [
    [traffic, 'traffic'],
    [mirror, 'mirror_traffic'],
  ] as const) {
    for (const name of badNames(map)) complain([of, name], `${shown(name)} ${nameIssue(name)}`)
  }
  const sum = Object.values(traffic).reduce((total, weight) => total + weight, 0)
  if (sum !== 0 && sum !== 100) complain(['traffic'], `traffic must sum to 0 or 100, not ${sum}`)
  const copied = Object.entries(mirror).filter(([, weight]) => weight > 0)
  if (copied.length > 1)
    complain(['mirror_traffic'], 'only one deployment may get mirrored traffic')
  for (const [name, weight] of copied) {
    if (weight > 50) complain(['mirror_traffic', name], 'at most 50 percent can be mirrored')
    if ((folded(traffic)?.[name.toLowerCase()] ?? 0) > 0) {
      complain(
        ['mirror_traffic', name],
        `${shown(name)} has live traffic; it cannot be mirrored to as well`,
      )
    }
  }
  return issues
}

/** Names that no deployment can have, and names that differ from an earlier one by case only. */
function badNames(map: Weights): readonly string[] {
  const names = Object.keys(map)
  const lower = names.map((name) => name.toLowerCase())
  return names.filter(
    (name, index) =>
      checkOnlineName(name) !== undefined || lower.indexOf(name.toLowerCase()) < index,
  )
}

function nameIssue(name: string): string {
  return checkOnlineName(name) ?? 'is there twice: names differ by more than case'
}

/** The CLI writes names in lower case (FACTS 0.20); the service folds them too. */
function folded(weights: Weights | undefined): Weights | undefined {
  if (weights === undefined) return undefined
  return Object.fromEntries(Object.entries(weights).map(([name, w]) => [name.toLowerCase(), w]))
}
