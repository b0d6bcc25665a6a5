import type { Evidence, JudgeRules, Reason, Tally } from './evidence.ts'

/** What the windows came to. */
export interface Facts {
  readonly logAbort: number
  readonly failedAt: number | undefined
  readonly passedAt: number | undefined
  readonly isTolerated: boolean
  readonly isStale: boolean
  readonly used: number
  readonly stable: Tally
  readonly candidate: Tally
  /** Of a failure in the bake: the candidate's requests there. */
  readonly baked?: Tally | undefined
  /** What is known of stable's rate. */
  readonly reference: Tally
  /** Why there is nothing to compare, where that is known before any window. */
  readonly missing: 'NoHistogram' | 'NoBaseline' | undefined
}

export interface Verdict {
  readonly outcome: Evidence['outcome']
  readonly reason: Reason
  readonly message: string
}

/** The checklist, in order: a regression beats everything, and nothing but enough fresh evidence passes. */
export function verdictOf(facts: Facts, rules: JudgeRules): Verdict {
  const { used, candidate } = facts
  const seen = sidesOf(facts, rules)
  if (facts.failedAt !== undefined) return failure(facts, rules, seen)
  if (facts.missing === 'NoHistogram') {
    return noData('NoHistogram', 'The provider has no latency histogram.')
  }
  if (facts.missing === 'NoBaseline') {
    return noData('NoBaseline', 'Too few requests before the start to set latency thresholds.')
  }
  if (used === 0) return noData('NoSamples', 'No window has usable samples of both deployments.')
  if (facts.isStale) {
    return noData('StaleSamples', `No usable samples of late; until then, ${seen}.`)
  }
  if (candidate.requests === 0) {
    return noData('NoRequests', 'The candidate has had no requests since the start.')
  }
  if (candidate.requests < rules.minRequests) {
    const counts = `${candidate.requests} of at least ${rules.minRequests} requests`
    return undecided('TooFewRequests', `The candidate has had ${counts}. ${seen}.`)
  }
  if (facts.passedAt === undefined && facts.reference.requests === 0) {
    return noData('NoReference', `${seen}: there is nothing of stable to compare with.`)
  }
  if (facts.passedAt === undefined) {
    return undecided('Undecided', `${seen}: neither worse nor as good beyond doubt yet.`)
  }
  if (rules.metric === 'errors' && candidate.errors > candidate.requests / 2) {
    return undecided('MostlyFailed', `${seen}: as good as stable, and no good.`)
  }
  return success(facts, rules, seen)
}

function failure(facts: Facts, rules: JudgeRules, seen: string): Verdict {
  const { requests, errors } = facts.candidate
  if (rules.metric === 'errors' && errors === requests) {
    const message = `All ${requests} requests of the candidate failed. ${seen}.`
    return { outcome: 'fail', reason: 'AllFailed', message }
  }
  const odds = `at e-value ${Math.exp(facts.logAbort).toPrecision(3)}`
  const reason = rules.metric === 'errors' ? 'ErrorsHigher' : 'LatencyHigher'
  const message = `${seen}: more than ${rules.margin} times as many, ${odds}.`
  return { outcome: 'fail', reason, message }
}

function success(facts: Facts, rules: JudgeRules, seen: string): Verdict {
  if (facts.isTolerated) {
    const message = `${seen}: below the tolerated ${percent(rules.tolerate ?? 0)}.`
    return { outcome: 'pass', reason: 'WithinTolerance', message }
  }
  const message = `${seen}: less than ${rules.worseBy} times as many.`
  return { outcome: 'pass', reason: 'NotWorse', message }
}

function noData(reason: Reason, message: string): Verdict {
  return { outcome: 'noData', reason, message }
}

function undecided(reason: Reason, message: string): Verdict {
  return { outcome: 'inconclusive', reason, message }
}

function sidesOf(facts: Facts, { metric }: JudgeRules): string {
  const { stable, candidate, baked, reference } = facts
  const verb = metric === 'errors' ? 'failed' : "took longer than stable's 90th percentile"
  if (baked !== undefined)
    return `${shareOf(baked)} of the candidate's requests in the bake ${verb}, ${shareOf(reference)} of stable's before it`
  return `${shareOf(candidate)} of the candidate's requests ${verb}, ${shareOf(stable)} of stable's`
}

function shareOf({ requests, errors }: Tally): string {
  return requests === 0 ? 'none' : `${percent(errors / requests)} (${errors} of ${requests})`
}

/** Three digits of a share in percent. */
function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`
}
