import type { Judgement, Revision, RolloutStatus } from '../../core/model/rollout.ts'

/** The API's form of a rollout: times are text, and evidence that has no finite number yet is left out. */
export type RolloutAnswer = Omit<
  RolloutStatus,
  | 'phaseSince'
  | 'stepEndsAt'
  | 'deadlineAt'
  | 'stepDeadlineAt'
  | 'readyBy'
  | 'previous'
  | 'judgements'
> & {
  readonly key: string
  readonly phaseSince: string
  readonly stepEndsAt?: string
  readonly deadlineAt?: string
  readonly stepDeadlineAt?: string
  readonly readyBy?: string
  readonly previous?: Revision & { readonly until: string }
  readonly judgements: readonly (Omit<Judgement, 'evidence'> & {
    readonly evidence?: Partial<NonNullable<Judgement['evidence']>>
  })[]
}

/** A rollout as the core has it. */
export function rolloutOf(answer: RolloutAnswer): RolloutStatus {
  const {
    key: _,
    phaseSince,
    stepEndsAt,
    deadlineAt,
    stepDeadlineAt,
    readyBy,
    previous,
    judgements,
    ...same
  } = answer
  return {
    ...same,
    phaseSince: Date.parse(phaseSince),
    ...(stepEndsAt === undefined ? {} : { stepEndsAt: Date.parse(stepEndsAt) }),
    ...(deadlineAt === undefined ? {} : { deadlineAt: Date.parse(deadlineAt) }),
    ...(stepDeadlineAt === undefined ? {} : { stepDeadlineAt: Date.parse(stepDeadlineAt) }),
    ...(readyBy === undefined ? {} : { readyBy: Date.parse(readyBy) }),
    ...(previous === undefined ? {} : { previous: previousOf(previous) }),
    judgements: judgements.map(judgementOf),
  }
}

function previousOf({ until, ...revision }: NonNullable<RolloutAnswer['previous']>) {
  return { ...revision, untilMs: Date.parse(until) }
}

const NOTHING_YET = {
  ...{ logAbort: Number.NEGATIVE_INFINITY, abortAt: Number.POSITIVE_INFINITY },
  ...{ logPass: Number.NEGATIVE_INFINITY, passAt: Number.POSITIVE_INFINITY, phi: Number.NaN },
}

function judgementOf({ evidence, ...same }: RolloutAnswer['judgements'][number]): Judgement {
  return evidence === undefined ? same : { ...same, evidence: { ...NOTHING_YET, ...evidence } }
}
