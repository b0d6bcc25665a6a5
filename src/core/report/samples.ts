import type { Counters, ValueSeen } from '../model/measurements/measured.ts'
import { cleanText } from '../model/redact/redact.ts'
import type { Judged, Judgement, RolloutStatus } from '../model/rollout.ts'
import { instantText } from './instant-text.ts'

/** By what the checks of a rollout judged it, as API, CLI and audit show it: times are RFC 3339, texts are clean. */
export interface Samples {
  readonly endpoint: string
  /** The candidate that was judged, and when last; absent when nothing is known of that. */
  readonly deployment?: string
  readonly revision?: string
  readonly at?: string
  readonly items: readonly Sampled[]
}

export interface Sampled
  extends Pick<Judgement, 'id' | 'name' | 'provider' | 'outcome' | 'reason' | 'message'>,
    Partial<Pick<Judgement, 'dryRun' | 'value'>> {
  readonly query?: string
  readonly from?: string
  readonly to?: string
  readonly windowMs?: number
  readonly boundsMs?: readonly number[]
  readonly stable?: CountersShown
  readonly candidate?: CountersShown
  readonly values?: readonly ValueShown[]
  /** Samples or looks that found no room. */
  readonly left: number
}

export type CountersShown = Omit<Counters, 'at'> & { readonly at: readonly string[] }
export type ValueShown = Omit<ValueSeen, 'at'> & { readonly at: string }

/** Of a rollout under way what its checks say now, at `at` (milliseconds since the epoch); else what they said in the end. */
export function samplesOf(rollout: RolloutStatus, at: number): Samples {
  const endpoint = cleanText(rollout.endpoint)
  const judged = judgedIn(rollout, at)
  return judged === undefined ? { endpoint, items: [] } : samplesIn(endpoint, judged)
}

/** The same, or where this process knows of none what another one wrote down, which looks it up. */
export async function samplesOr(
  known: Samples,
  lastVerdict: ((endpoint: string) => Promise<Samples | undefined>) | undefined,
): Promise<Samples> {
  return known.items.length > 0 ? known : ((await lastVerdict?.(known.endpoint)) ?? known)
}

export function samplesIn(endpoint: string, judged: Judged): Samples {
  return {
    endpoint,
    deployment: cleanText(judged.deployment),
    revision: cleanText(judged.revision),
    at: instantText(judged.at),
    items: judged.judgements.map(sampledOf),
  }
}

function judgedIn(
  { candidate, judgements, judged }: RolloutStatus,
  at: number,
): Judged | undefined {
  if (candidate === undefined || judgements.length === 0) return judged
  const { deployment, revision } = candidate
  return { deployment, revision, at, judgements }
}

function sampledOf(judgement: Judgement): Sampled {
  const { outcome, dryRun, value, measured = { left: 0 } } = judgement
  const { query, fromMs, toMs, stable, candidate, values, ...same } = measured
  return {
    id: cleanText(judgement.id),
    name: cleanText(judgement.name),
    provider: cleanText(judgement.provider),
    outcome,
    reason: cleanText(judgement.reason),
    message: cleanText(judgement.message),
    ...(dryRun && { dryRun }),
    ...(value === undefined ? {} : { value }),
    ...(query === undefined ? {} : { query: cleanText(query) }),
    ...(fromMs === undefined ? {} : { from: instantText(fromMs) }),
    ...(toMs === undefined ? {} : { to: instantText(toMs) }),
    ...same,
    ...(stable && { stable: countersShown(stable) }),
    ...(candidate && { candidate: countersShown(candidate) }),
    ...(values && { values: values.map((one) => ({ ...one, at: instantText(one.at) })) }),
  }
}

function countersShown(counters: Counters): CountersShown {
  return { ...counters, at: counters.at.map(instantText) }
}
