import { chanceOfAtLeast } from '../../judge/binomial.ts'
import type { Fault, FaultKind, ProbeAnswer } from '../../model/probes/probe.ts'
import type { GoldenRequest } from '../../model/rollout.ts'

/** The golden requests' part of the rollout's false-abort rate: a tenth of 1 %. */
export const GOLDEN_SHARE = 0.1

/**
 * What chance alone may do to a good revision each time its golden requests are sent: each of the rules below refuses it
 * with less than this, so all together with less than a tenth of the share. They are sent anew in every tick in which
 * the next step cannot begin.
 */
const CHANCE = 1e-5

/** How often a good revision may fail a request at least: a new replica, and another road than that of users. */
const LEAST_FAILURES = 0.02

/** How often it may be slower than a ceiling that fits it. */
const LEAST_SLOW = 0.05

/** A request that fails is sent this often at most, however often stable fails. */
export const MOST_ATTEMPTS = 12

export type GoldenVerdict =
  | { readonly is: 'passed' }
  | { readonly is: 'refused'; readonly reason: string; readonly message: string }
  /** Something was not asked, or not answered, which says nothing of the revision. */
  | { readonly is: 'unanswered'; readonly message: string }
  /** What failed is asked again. */
  | { readonly is: 'open'; readonly message: string }

const REASONS: { readonly [Kind in FaultKind]: string } = {
  status: 'GoldenFailed',
  latency: 'GoldenSlow',
  content: 'GoldenMismatch',
}

/** For these reasons golden requests refuse a revision. */
export const GOLDEN_REASONS: readonly string[] = Object.values(REASONS)

/** Answers to one golden request, in their order. */
interface Asked {
  readonly name: string
  readonly faults: readonly Fault[]
  readonly isPassed: boolean
  readonly problem?: { readonly reason: string; readonly message: string }
}

/**
 * Every golden request has to be answered right once. One that is not is sent again: a wrong answer stays wrong, and bad
 * luck does not. A good revision that fails as often as `rate` is refused by chance in less than 1 of 1,000 rollouts: a
 * request is final after k failures in a row, by which all files together are below `CHANCE`; so is a number of failures at
 * the first try that is above it.
 */
export function goldenVerdict(
  golden: readonly GoldenRequest[],
  answers: readonly ProbeAnswer[],
  rate: number,
): GoldenVerdict {
  const byName = Map.groupBy(answers, ({ name }) => name)
  const all = golden.map((request) => askedOf(request, byName.get(request.name) ?? []))
  const refused = all.find((one) => isFinal(one, golden.length, rate))
  if (refused !== undefined) return refusal(refused, `${refused.faults.length} times in a row`)
  for (const kind of ['status', 'latency', 'content'] as const) {
    const first = all.filter(({ faults }) => faults[0]?.is === kind)
    const [one] = first
    const chance = chanceOfAtLeast(first.length, golden.length, rateOf(kind, rate))
    if (one === undefined || chance > CHANCE) continue
    return refusal(one, `and so did ${first.length - 1} of the other ${golden.length - 1}`)
  }
  const unasked = all.find(({ problem, isPassed }) => problem !== undefined && !isPassed)
  if (unasked?.problem !== undefined) {
    const { reason, message } = unasked.problem
    return {
      is: 'unanswered',
      message: `${unasked.name} could not be asked: ${reason}: ${message}`,
    }
  }
  const open = all.find(({ isPassed }) => !isPassed)
  if (open === undefined) return { is: 'passed' }
  return { is: 'open', message: `${open.name}: ${open.faults.at(-1)?.message}; it is asked again.` }
}

/** The requests that have to be sent (again) before there is a verdict. What could not be asked waits for the next tick. */
export function openRequests(
  golden: readonly GoldenRequest[],
  answers: readonly ProbeAnswer[],
): readonly GoldenRequest[] {
  if (answers.some((answer) => 'problem' in answer)) return []
  const byName = Map.groupBy(answers, ({ name }) => name)
  return golden.filter((request) => {
    const { isPassed, faults } = askedOf(request, byName.get(request.name) ?? [])
    return !isPassed && faults.length < MOST_ATTEMPTS
  })
}

/** `own`: the answers to this request. */
export function askedOf(request: GoldenRequest, own: readonly ProbeAnswer[]): Asked {
  const { name } = request
  const faults: Fault[] = []
  let isPassed = false
  for (const answer of own) {
    if ('problem' in answer) continue
    if (answer.fault === undefined) isPassed = true
    else faults.push(answer.fault)
  }
  const last = own.at(-1)
  if (last === undefined) return { name, faults, isPassed, problem: NOT_ASKED }
  return { name, faults, isPassed, ...('problem' in last ? { problem: last.problem } : {}) }
}

const NOT_ASKED = { reason: 'NotAsked', message: 'It was not sent.' }

function isFinal({ isPassed, faults }: Asked, files: number, rate: number): boolean {
  if (isPassed || faults.length === 0) return false
  const kinds = [...new Set(faults.map(({ is }) => is))]
  const anyOf = kinds.reduce((sum, kind) => sum + rateOf(kind, rate), 0)
  return faults.length >= attemptsFor(files, anyOf)
}

function rateOf(kind: FaultKind, rate: number): number {
  return Math.max(rate, kind === 'latency' ? LEAST_SLOW : LEAST_FAILURES)
}

/** The least number k of failures in a row with rate^k · files within the chance. */
export function attemptsFor(files: number, rate: number): number {
  const needed = Math.ceil(Math.log(CHANCE / Math.max(1, files)) / Math.log(Math.min(rate, 0.99)))
  return Math.min(MOST_ATTEMPTS, Math.max(2, needed))
}

function refusal({ name, faults }: Asked, how: string): GoldenVerdict {
  const last = faults.at(-1)
  const reason = REASONS[last?.is ?? 'status']
  return { is: 'refused', reason, message: `${name}: ${last?.message}, ${how}.` }
}
