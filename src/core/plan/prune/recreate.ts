import type { Action, Change, Held } from '../../model/plan.ts'
import { isDeployment, scopeOf } from '../../model/ref.ts'
import type { Assessment, CheckContext } from '../assess.ts'
import { isFreeSlot } from '../compare/in-place.ts'
import { blocked, waiting } from '../held.ts'
import { howToAdopt } from '../ownership/ownership.ts'
import { provenManifest } from '../ownership/proof.ts'
import { isUnrecoverable } from '../rollouts/deployment-states.ts'
import { deleteOf } from '../steps.ts'
import { isEndpoint } from '../traffic/traffic-plan.ts'
import { checkDraining, checkUnread, isSentTo } from './removal.ts'

/** What is to be done about one thing: the change a person reads, and the action for now or why there is none. */
export interface Decision {
  readonly change?: Change
  readonly action?: Action
  readonly held?: Held
}

/** What cannot be changed where it is, and may be deleted to be made again; undefined for all else. */
export function madeAgain(assessment: Assessment, around: CheckContext): Decision | undefined {
  const { live, ref, reason } = assessment
  const isDead = live?.phase === 'Failed' && isUnrecoverable(around.input, ref)
  const isReplaced = live?.phase !== 'Failed' && reason === 'Replace' && isFreeSlot(assessment)
  if (!isDead && !isReplaced) return undefined
  if (isRecreated(assessment, around)) return recreate(assessment, around)
  return { held: keptBy(assessment, around) }
}

/** What it serves, or holds, has to go first; where Git wants that to stay, only a commit leads on. */
function keptBy({ ref }: Assessment, { all }: CheckContext): Held {
  const reason = 'TakesTraffic'
  if (!isDeployment(ref.kind))
    return blocked(
      ref,
      reason,
      'It is made again when it is alone: its deployments have to go first, which a commit without them does.',
    )
  const endpoint = all.get(scopeOf(ref))
  const idle = 'It is made again when it is idle: its traffic has to go first'
  return endpoint !== undefined && endpoint.rolloutPlan === undefined && isSentTo(endpoint, ref)
    ? blocked(ref, reason, `${idle}, and its endpoint keeps it: declare in a commit who serves.`)
    : waiting(ref, reason, `${idle}.`)
}

/**
 * A create that failed cannot be updated, only deleted and made again (ERRORS 2), which Azure says when it is tried: so a
 * failed *update* is never taken for it (INVARIANTS S30). The same with a free slot of which something cannot be changed;
 * never when anything is served by it.
 */
function isRecreated({ ref, key, owner }: Assessment, around: CheckContext): boolean {
  if (owner.ownership !== 'ours') return false
  if (isDeployment(ref.kind)) return around.input.memory[key]?.idleSince !== undefined
  const isAlone = (around.input.deploymentsAt.get(key) ?? []).length === 0
  return isEndpoint(ref) && isAlone
}

/** Making again begins with a delete, and a delete needs a whole, good reading and proof that the thing is ours. */
function recreate(assessment: Assessment, around: CheckContext): Decision {
  const { input } = around
  const { ref } = assessment
  const change = deleteOf(assessment, 'Replace', around.input)
  const [freeze] = input.freezes
  if (freeze !== undefined)
    return {
      change,
      held: blocked(ref, freeze.reason, `It is to be made again. ${freeze.message}`),
    }
  if (provenManifest(assessment, input) === undefined)
    return {
      change,
      held: blocked(
        ref,
        'NotProven',
        `It has to be made again, but the commit its tags name does not declare it. To take it over: ${howToAdopt(ref)}`,
      ),
    }
  const held = checkUnread(assessment, around) ?? checkDraining(assessment, around)
  return held === undefined ? { change, action: change } : { change, held }
}
