import type { Rollout } from '../model/desired.ts'
import { hashOf } from '../model/hash.ts'
import { canonical, type Json } from '../model/json.ts'
import { GOLDEN_REASONS } from './golden-verdict.ts'
import { checksOf } from './judgements.ts'
import type { RolloutRecord } from './record.ts'

/**
 * What a revision was tried with when that said no: golden requests, a trial job or checks. They are no part of the content,
 * and may be what was wrong: where Git changes them, the same content is tried again by itself, once.
 */

/** What said no, by the first character of its mark. */
const JUDGES = {
  g: {
    are: 'golden requests',
    of: ({ steps }: Rollout) => steps.flatMap((one) => (one.type === 'verify' ? one.golden : [])),
  },
  t: {
    are: 'trial job',
    of: ({ steps }: Rollout) => steps.flatMap((one) => (one.type === 'trial' ? [one.trial] : [])),
  },
  a: { are: 'checks', of: checksOf },
} satisfies { readonly [Judge in string]: JudgeKind }
type JudgeName = keyof typeof JUDGES

interface JudgeKind {
  readonly are: string
  of(rollout: Rollout): readonly object[]
}

/** The mark of what said no for this reason: `g1a2b`, `t1a2b` or `a1a2b`. */
export function markOf(rollout: Rollout, reason: string): string {
  const isGolden = GOLDEN_REASONS.includes(reason)
  return markBy(isGolden ? 'g' : reason === 'TrialDiffers' ? 't' : 'a', rollout)
}

/** Whether what said no to an aborted revision is another one in Git now. */
export function isJudgedAnew({ phase, tried }: RolloutRecord, rollout: Rollout): boolean {
  const judge = judgeOf(tried)
  return phase === 'aborted' && judge !== undefined && markBy(judge, rollout) !== tried
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

function markBy(judge: JudgeName, rollout: Rollout): string {
  return `${judge}${hashOf(canonical(JUDGES[judge].of(rollout) as unknown as Json), 4)}`
}
