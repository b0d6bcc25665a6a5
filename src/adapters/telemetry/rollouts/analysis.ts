import type { Judgement, RolloutStatus } from '../../../core/model/rollout.ts'
import type { Catalogue } from '../catalogue.ts'
import type { Sample, Snapshot } from '../families.ts'
import { CHECKS_MAX, type SIDE } from '../labels.ts'

type At = { readonly target: string; readonly endpoint: string }
type Side = (typeof SIDE)[number]

/** The gauges of the judge, for rollouts whose candidate is judged; they go with the verdicts. */
export function analysisState(
  all: readonly { readonly at: At; readonly status: RolloutStatus }[],
): Snapshot<Catalogue> {
  const looks = all.flatMap(({ at, status }) =>
    shownOf(status).map((judgement) => ({ at: { ...at, metric: judgement.name }, judgement })),
  )
  return {
    analysisDryRun: looks.flatMap(({ at, judgement: { dryRun } }) =>
      sample(at, dryRun === true ? 1 : undefined),
    ),
    analysisMetricValue: looks.flatMap(({ at, judgement }) => bySide(at, valuesOf(judgement))),
    analysisSamples: looks.flatMap(({ at, judgement }) => bySide(at, requestsOf(judgement))),
    analysisLogEvidence: looks.flatMap(({ at, judgement }) =>
      sample(at, judgement.evidence?.logAbort),
    ),
    analysisLogPassEvidence: looks.flatMap(({ at, judgement }) =>
      sample(at, judgement.evidence?.logPass),
    ),
    analysisDecisionLine: all.flatMap(({ at, status }) => linesOf(at, status)),
  }
}

/** One judgement for each metric's name, up to a bound; those that decide come before dry runs. */
function shownOf({ judgements }: RolloutStatus): readonly Judgement[] {
  const all = decidingFirst(judgements)
  return all
    .filter(({ name }, index) => all.findIndex((one) => one.name === name) === index)
    .slice(0, CHECKS_MAX)
}

function decidingFirst(judgements: readonly Judgement[]): readonly Judgement[] {
  return judgements.toSorted((a, b) => Number(a.dryRun ?? false) - Number(b.dryRun ?? false))
}

type Numbers = { readonly [S in Side]?: number | undefined }

function bySide<Labels extends object>(at: Labels, { stable, candidate }: Numbers) {
  return [
    ...sample({ ...at, role: 'stable' }, stable),
    ...sample({ ...at, role: 'candidate' }, candidate),
  ]
}

function valuesOf({ value, samples: { stable, candidate } }: Judgement): Numbers {
  if (value !== undefined) return { candidate: value }
  return { stable: ratioOf(stable), candidate: ratioOf(candidate) }
}

function ratioOf({ requests, errors }: Judgement['samples']['stable']): number | undefined {
  return requests === 0 ? undefined : errors / requests
}

/** A number from elsewhere rests on requests that nobody told us of; without data, on none. */
function requestsOf({ value, samples: { stable, candidate } }: Judgement): Numbers {
  return value === undefined ? { stable: stable.requests, candidate: candidate.requests } : {}
}

/** The lines are the same for every metric of a rollout that decides. */
function linesOf(
  at: At,
  { judgements }: RolloutStatus,
): readonly Sample<'target' | 'endpoint' | 'verdict'>[] {
  const evidence = decidingFirst(judgements).find((one) => one.evidence !== undefined)?.evidence
  return [
    ...sample({ ...at, verdict: 'fail' }, evidence?.abortAt),
    ...sample({ ...at, verdict: 'pass' }, evidence?.passAt),
  ]
}

/** No sample for a number that is not there, or is none. */
function sample<Labels extends object>(
  labels: Labels,
  value: number | undefined,
): readonly { readonly labels: Labels; readonly value: number }[] {
  return value === undefined || Number.isNaN(value) ? [] : [{ labels, value }]
}
