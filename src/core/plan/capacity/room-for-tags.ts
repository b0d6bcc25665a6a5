import { TAGS_MAX, TAGS_OURS } from '../../kinds/fields/fields.ts'
import type { Held } from '../../model/plan.ts'
import { isDeployment } from '../../model/ref.ts'
import { isObject, type JsonObject } from '../../model/values/json.ts'
import { valueAt } from '../../model/values/pointer.ts'
import type { Assessment } from '../assess.ts'
import { blocked } from '../held.ts'
import { isEndpoint } from '../traffic/traffic-plan.ts'

/** Without a Rollout: who owns it, of which Application, commit and content. */
const OWNER_TAGS = 4

/**
 * Tags that others have set stay where we write, and Azure takes 50: beside them and those that Git declares there must be
 * room for ours, with a Rollout for those of a rollback, too. A take-back itself is never asked this.
 */
export function hasNoRoomForTags({ ref, live, owned, rolloutPlan }: Assessment): Held | undefined {
  if (live === undefined || !(isEndpoint(ref) || isDeployment(ref.kind))) return undefined
  const released = new Set(owned.released.map((path) => path.toLowerCase()))
  const declared = namesIn(owned.declared)
  const others = namesIn(live.body).filter(
    (name) => !declared.includes(name) && !released.has(`/tags/${name}`),
  )
  const ours = rolloutPlan === undefined ? OWNER_TAGS : TAGS_OURS
  const over = declared.length + others.length + ours - TAGS_MAX
  if (over <= 0) return undefined
  const message = `Azure allows ${TAGS_MAX} tags: Git declares ${declared.length}, others have set ${others.length} more, and Verdigris needs ${ours}. Remove ${over} of them.`
  return blocked(ref, 'TooManyTags', message)
}

/** Names that are not ours, as Azure compares them. */
function namesIn(body: JsonObject): readonly string[] {
  const tags = valueAt(body, '/tags')
  const names = isObject(tags) ? Object.keys(tags).map((name) => name.toLowerCase()) : []
  return names.filter((name) => !name.startsWith('verdigris.'))
}
