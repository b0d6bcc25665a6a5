import { isLastWrite } from '../../model/basis.ts'
import type { KeyMemory } from '../../model/memory.ts'
import type { Difference, Held } from '../../model/plan.ts'
import { hashOf } from '../../model/values/hash.ts'
import { canonical, type Json } from '../../model/values/json.ts'
import { valueAt } from '../../model/values/pointer.ts'
import { someOf } from '../../model/values/some-of.ts'
import { type Assessment, isFixed } from '../assess.ts'
import { isRecord, isRouted } from '../compare/diff.ts'
import { driftPolicyOf } from '../compare/drift-policy.ts'
import type { PlanContext } from '../context.ts'
import { blocked, waiting } from '../held.ts'
import { isOwedToUsers } from '../traffic/rollback-target.ts'

/** How long an accepted write may stay unseen: traffic reads lag behind a finished write (ERRORS 1, last row). */
export const UNSEEN_MS = 2 * 60_000

/** How long a field that Azure did not take over is left alone before it is written once more. */
export const NOT_TAKEN_OVER_MS = 24 * 3_600_000

type Written = NonNullable<KeyMemory['written']>

/** What is live was left by this write, which declared what Git declares now, and by nobody since: its generation may be lost. */
function isOurWrite({ live, owner, generation }: Assessment, written: Written): boolean {
  if (live?.phase !== 'Ready' || written.mark === undefined) return false
  const isThis = owner.ownership === 'ours' && written.generation === generation
  return isThis && isLastWrite(live, written.mark)
}

/** Our last write has ended, and a reading may still lag behind it: what it does not show is nobody's doing yet. */
export function isBeingReadBack(assessment: Assessment, { memory, now }: PlanContext): boolean {
  const { written } = memory[assessment.key] ?? {}
  return written !== undefined && now - written.at < UNSEEN_MS && isOurWrite(assessment, written)
}

/**
 * The fields that Azure did not take over although it accepted their write, by path, each with a hash of its live and its
 * declared value; absent when there are none. A field is proven so when our write has ended, a reading has had time to show
 * it, and nothing was written since. It stays so until one of the two values changes.
 */
export function notTakenOverOf(
  assessment: Assessment,
  context: PlanContext,
): KeyMemory['notTakenOver'] {
  const { written, notTakenOver: known } = context.memory[assessment.key] ?? {}
  if (assessment.live === undefined) return undefined
  if (assessment.live.phase !== 'Ready') return known
  const prints = printsOf(assessment)
  const isDue = written !== undefined && context.now - written.at >= UNSEEN_MS
  const isProven = isDue && isOurWrite(assessment, written)
  const fields = Object.fromEntries(
    Object.entries(prints).filter(([path, print]) => isProven || known?.fields[path] === print),
  )
  if (Object.keys(fields).length === 0) return undefined
  if (isProven) return { fields, generation: written.generation, at: written.at }
  return known === undefined ? undefined : { ...known, fields }
}

/** Who is served is never left to Azure, nor what a rollout keeps in tags: that is written again, as drift is. */
function printsOf(assessment: Assessment): { [path: string]: string } {
  const { kind, live, owned, differences, notTakenOver = [] } = assessment
  if (live === undefined) return {}
  const [is, want] = [kind.normalise(live.body), kind.normalise(owned.declared)]
  const printAt = (path: string): string =>
    hashOf(canonical([valueAt(is, path) ?? null, valueAt(want, path) ?? null]), 16)
  return Object.fromEntries(
    [...differences, ...notTakenOver]
      .filter(({ path }) => !isRouted(path) && !isRecord(path))
      .map(({ path }) => [path, printAt(path)]),
  )
}

/** What is taken for drift, or for what cannot be changed in place, without the fields that Azure did not take over. */
export function withProof(assessment: Assessment, context: PlanContext): Assessment {
  const { reason, differences, kind } = assessment
  if (reason === undefined || isOwedToUsers(assessment)) return assessment
  const known = notTakenOverOf(assessment, context)
  if (known === undefined || !isApplied(assessment, known)) return assessment
  const isNotTaken = ({ path }: Difference): boolean => known.fields[path] !== undefined
  const notTakenOver = differences.filter(isNotTaken)
  if (notTakenOver.length === 0) return assessment
  const others = differences.filter((one) => !isNotTaken(one))
  if (others.length === 0)
    return { ...assessment, reason: 'NotTakenOver', differences: notTakenOver, notTakenOver }
  const isOther = reason === 'Update' || (reason === 'Replace' && isFixed(kind, others))
  return {
    ...assessment,
    reason: isOther ? reason : 'Drift',
    differences: others,
    notTakenOver,
  }
}

/** This very content was written: its generation is on it, or was lost with the fields. */
function isApplied(
  { reason, owner, generation }: Assessment,
  known: NonNullable<KeyMemory['notTakenOver']>,
): boolean {
  if (reason === 'Drift') return true
  if (reason === 'Replace' && owner.generation === generation) return true
  const isWritten = reason === 'Replace' || reason === 'Update'
  return isWritten && known.generation === generation
}

/** Azure said yes and did otherwise, which is known once the write is read back: to write the same again and again would change nothing. */
export function checkNotTakenOver(
  assessment: Assessment,
  { input }: { readonly input: PlanContext },
): Held | undefined {
  const { ref, key, kind, reason, differences, desired } = assessment
  if (isBeingReadBack(assessment, input))
    return waiting(ref, 'OwnWriteNotSeen', 'The last write was accepted; reads do not show it yet.')
  if (reason !== 'NotTakenOver') return undefined
  const drift = driftPolicyOf(ref, desired, input.sync)
  const isWritten = drift === 'correct' && !isFixed(kind, differences)
  const at = input.memory[key]?.notTakenOver?.at ?? input.now
  if (isWritten && input.now - at >= NOT_TAKEN_OVER_MS) return undefined
  const again = isWritten ? 'with its next change, and once a day' : 'with its next change only'
  const fields = someOf(differences.map(fieldText), NAMED)
  return blocked(
    ref,
    'NotTakenOver',
    `Azure accepted the last write and did not take over ${fields}; nobody has written since. Declare in a commit what Azure has, leave the field out, or list it in ignoreDifferences. It is written again ${again}.`,
  )
}

const NAMED = 3

function fieldText({ path, live, desired }: Difference): string {
  return `${path} (declared ${valueText(desired)}, live ${valueText(live)})`
}

const LONGEST = 80

function valueText(value: Json | undefined): string {
  if (value === undefined) return 'nothing'
  const text = canonical(value)
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}
