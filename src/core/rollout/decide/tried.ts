import type { Rollout } from '../../model/desired.ts'
import type { Check } from '../../model/rollout.ts'
import { hashOf } from '../../model/values/hash.ts'
import { canonical, type Json } from '../../model/values/json.ts'
import { GOLDEN_REASONS } from '../golden/golden-verdict.ts'
import { decidingChecks } from '../judgements.ts'
import { probesFor } from '../probed.ts'
import type { RolloutRecord } from '../record.ts'
import type { RolloutInput } from './rollout-input.ts'

/**
 * What a revision was tried with when that said no: golden requests, a trial job or a check. They are no part of the content,
 * and may be what was wrong: where Git changes them, the same content is tried again by itself, once. Other checks beside the
 * one that failed do not make it better.
 */

/** What may say no, by the first character of its mark; of checks each by itself. */
const JUDGES = {
  g: {
    are: 'golden requests',
    of: ({ steps }: Rollout) => [steps.flatMap((one) => (one.type === 'verify' ? one.golden : []))],
  },
  t: {
    are: 'trial job',
    of: ({ steps }: Rollout) => [steps.flatMap((one) => (one.type === 'trial' ? [one.trial] : []))],
  },
  a: {
    are: 'checks',
    of: (rollout: Rollout) => decidingChecks(rollout).map((check) => ruleOf(check, rollout)),
  },
} satisfies { readonly [Judge in string]: JudgeKind }
type JudgeName = keyof typeof JUDGES

interface JudgeKind {
  readonly are: string
  of(rollout: Rollout): readonly object[]
}

/** What a check judges by, whatever it and its template are called; with the requests that were sent for it. */
function ruleOf(check: Check, rollout: Rollout): object {
  const { id: _, name: __, ...rule } = check
  const probes = probesFor(check, rollout)
  return probes.length === 0 ? rule : { ...rule, probes }
}

/** The mark of what said no for this reason: `g1a2b`, `t1a2b` or `a1a2b`; undefined where nothing of that is known. */
export function markOf(
  { rollout, judgementOf }: Pick<RolloutInput, 'rollout' | 'judgementOf'>,
  reason: string,
): string | undefined {
  if (GOLDEN_REASONS.includes(reason)) return markBy('g', JUDGES.g.of(rollout)[0])
  if (reason === 'TrialDiffers') return markBy('t', JUDGES.t.of(rollout)[0])
  const failed = decidingChecks(rollout).find((check) => judgementOf(check).outcome === 'fail')
  return failed && markBy('a', ruleOf(failed, rollout))
}

/** Whether what said no to an aborted revision is another one in Git now. */
export function isJudgedAnew({ phase, tried }: RolloutRecord, rollout: Rollout): boolean {
  const judge = judgeOf(tried)
  if (phase !== 'aborted' || judge === undefined) return false
  return JUDGES[judge].of(rollout).every((one) => markBy(judge, one) !== tried)
}

/** What said no, in words; undefined where it was a person, a deadline or Azure. */
export function judgesIn({ tried }: RolloutRecord): string | undefined {
  const judge = judgeOf(tried)
  return judge && JUDGES[judge].are
}

function judgeOf(mark: string | undefined): JudgeName | undefined {
  const [first] = mark ?? ''
  return first !== undefined && first in JUDGES ? (first as JudgeName) : undefined
}

function markBy(judge: JudgeName, said: object | undefined): string {
  return `${judge}${hashOf(canonical((said ?? []) as unknown as Json), 4)}`
}
