import type { Live } from '../../model/live.ts'
import { isObject, type JsonObject } from '../../model/values/json.ts'
import { isUnderWay } from '../../rollout/record.ts'
import { recordIn } from '../../rollout/record-tag.ts'

/** How a Rollout is written for an endpoint that one leads: the road itself is in Git only, so that this one waits for a person. */
const STRATEGIES = {
  OnlineEndpoint: { canary: { steps: [{ setWeight: 10 }, { pause: {} }] } },
  BatchEndpoint: { switch: {} },
} as const

/** A Rollout for an endpoint that is led by one, whose fields are these; undefined where none is, or nobody serves. */
export function rolloutBack({ ref, body }: Live, fields: JsonObject): JsonObject | undefined {
  const { kind, name } = ref
  if (kind !== 'OnlineEndpoint' && kind !== 'BatchEndpoint') return undefined
  if (recordIn(ref, body) === undefined || !hasTarget(fields)) return undefined
  return {
    apiVersion: 'verdigris.dev/v1',
    kind: 'Rollout',
    metadata: { name },
    spec: { endpoint: name, strategy: STRATEGIES[kind] },
  }
}

function hasTarget({ traffic, defaults }: JsonObject): boolean {
  if (isObject(defaults) && defaults.deployment_name !== undefined) return true
  return isObject(traffic) && Object.values(traffic).includes(100)
}

/** Whether what the endpoint's traffic is now is neither what Git said before nor what it says. */
export function isOnTheWay({ ref, body }: Live): boolean {
  return isUnderWay(recordIn(ref, body))
}
