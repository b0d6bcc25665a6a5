import { basisOf } from '../model/basis.ts'
import { isObject, type JsonObject } from '../model/json.ts'
import type { Action, Change } from '../model/plan.ts'
import { keyOf } from '../model/ref.ts'
import type { Assessment } from './assess.ts'
import { createBody, updateBody, withTraffic } from './body.ts'
import { armContextOf, type PlanInput } from './context.ts'
import { withRecord } from './ownership.ts'

/** The difference as a person reads it; undefined when there is none. */
export function changeOf({ ref, live, reason, differences }: Assessment): Change | undefined {
  if (reason === undefined) return undefined
  return { ref, verb: live === undefined ? 'create' : 'update', reason, differences }
}

/** The write that ends a difference. Adopting writes our record only; what differs then follows as an update. */
export function writeOf(assessment: Assessment, change: Change, input: PlanInput): Action {
  const { kind, live, desired, generation } = assessment
  const adopts = change.reason === 'Adopt'
  const record = {
    application: input.application,
    ref: assessment.ref,
    generation: adopts ? 'adopted' : generation,
    revision: input.revision,
  }
  return {
    ...change,
    operation: operationOf(assessment, change),
    generation: record.generation,
    body: withRecord(kind, bodyOf(assessment, adopts, input), record),
    ...(desired?.upload === undefined || live !== undefined ? {} : { upload: desired.upload }),
    basis: basisOf(live?.body),
  }
}

/** A delete: of what Git no longer declares, or of a failed create that Azure cannot repair (ERRORS 2). */
export function deleteOf(assessment: Assessment, reason: 'Prune' | 'Replace'): Action {
  const { kind, live, ref } = assessment
  const operation = kind.operations.delete
  if (operation === undefined) throw new Error(`${ref.kind} is never deleted`)
  const basis = basisOf(live?.body)
  return { ref, verb: 'delete', reason, differences: [], operation, generation: '', basis }
}

/** The last write to an endpoint before it goes: no traffic to anything. */
export function silenceOf(assessment: Assessment, body: JsonObject): Action {
  return {
    ref: assessment.ref,
    verb: 'update',
    reason: 'Prune',
    differences: [],
    operation: 'set_traffic',
    generation: assessment.owner.generation ?? '',
    body: withTraffic(body, {}, {}, []),
    basis: basisOf(body),
  }
}

function bodyOf(assessment: Assessment, adopts: boolean, input: PlanInput): JsonObject {
  const { kind, live, owned, ref, road } = assessment
  if (live === undefined) {
    const body = createBody(kind, owned.declared, armContextOf(input.world))
    return ref.kind === 'OnlineEndpoint' ? withTraffic(body, {}, {}, []) : body
  }
  const nothing = { declared: {}, released: [] }
  const body = updateBody(kind, live.body, adopts ? nothing : owned)
  if (ref.kind !== 'OnlineEndpoint') return body
  if (adopts || road === undefined) return keepTraffic(body)
  return withTraffic(body, road.weights, road.mirror, deploymentNames(ref.name, input))
}

/** Both maps as they were read, and there even if they were not. */
function keepTraffic(body: JsonObject): JsonObject {
  const properties = isObject(body.properties) ? body.properties : {}
  return { ...body, properties: { traffic: {}, mirrorTraffic: {}, ...properties } }
}

function deploymentNames(endpoint: string, { world }: PlanInput): readonly string[] {
  const scope = keyOf({ kind: 'OnlineDeployment', parent: endpoint, name: '' })
  return world.resources
    .filter(({ ref }) => keyOf(ref).startsWith(scope))
    .filter(({ phase }) => phase !== 'Deleting')
    .map(({ ref }) => ref.name.toLowerCase())
}

function operationOf({ kind, differences }: Assessment, change: Change): Action['operation'] {
  if (change.verb === 'create') return kind.operations.create
  const onlyTraffic = differences.every(({ path }) => /^\/properties\/(mirrorT|t)raffic/.test(path))
  const isTraffic = change.ref.kind === 'OnlineEndpoint' && change.reason !== 'Adopt' && onlyTraffic
  return isTraffic ? 'set_traffic' : kind.operations.update
}
