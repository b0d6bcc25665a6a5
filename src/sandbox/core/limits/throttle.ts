import type { Answer, Call } from '../call.ts'
import { throttled } from '../errors.ts'
import type { State } from '../state.ts'

/** Which bucket a request draws from (FACTS 2.2): POSTs that hand out secrets are writes; PUTs of deployments have their own. */
export type BucketKind = 'reads' | 'writes' | 'deletes' | 'resource-requests'

interface BucketSize {
  readonly size: number
  readonly perSecond: number
}

/** ARM of old: so many an hour. */
const HOURLY: Readonly<Record<BucketKind, BucketSize>> = {
  reads: { size: 12_000, perSecond: 12_000 / 3600 },
  writes: { size: 1200, perSecond: 1200 / 3600 },
  deletes: { size: 15_000, perSecond: 15_000 / 3600 },
  'resource-requests': { size: 25, perSecond: 25 / 300 },
}

/** ARM's token buckets of today (FACTS 2.6: sizes recorded; the refill is what ARM documents; the last one's is ours). */
const TOKENS: Readonly<Record<BucketKind, BucketSize>> = {
  reads: { size: 250, perSecond: 25 },
  writes: { size: 200, perSecond: 10 },
  deletes: { size: 200, perSecond: 10 },
  'resource-requests': { size: 25, perSecond: 25 / 300 },
}

/** The buckets of the whole subscription are fifteen times as large. */
const GLOBAL_FACTOR = 15

export interface Drawn {
  readonly headers: Readonly<Record<string, string>>
  readonly refusal?: Answer
}

/** Takes a token for this request: the headers that say what is left, and the 429 when nothing was. */
export function draw(call: Call, kind: BucketKind): Drawn {
  const sizes = call.build.globalBuckets ? TOKENS : HOURLY
  const own = take(call, `${kind}/${call.principal.objectId}`, sizes[kind])
  const header = 'x-ms-ratelimit-remaining-subscription-'
  const headers: Record<string, string> = { [`${header}${kind}`]: String(own.left) }
  if (call.build.globalBuckets && kind !== 'resource-requests') {
    const { size, perSecond } = sizes[kind]
    const global = { size: size * GLOBAL_FACTOR, perSecond: perSecond * GLOBAL_FACTOR }
    headers[`${header}global-${kind}`] = String(take(call, `global/${kind}`, global).left)
  }
  if (own.waitSeconds === 0 || !call.state.settings.rateLimits) return { headers }
  return { headers, refusal: throttled(call, WORDS[kind], own.waitSeconds) }
}

const WORDS: Readonly<Record<BucketKind, string>> = {
  reads: 'read',
  writes: 'write',
  deletes: 'delete',
  'resource-requests': 'resource',
}

function take(call: Call, name: string, bucket: BucketSize): { left: number; waitSeconds: number } {
  const { state, now } = call
  const perSecond = bucket.perSecond * state.settings.timeScale
  const tokens = refilled(state, name, bucket.size, perSecond, now)
  const isEmpty = tokens < 1
  state.buckets[name] = { tokens: isEmpty ? tokens : tokens - 1, atMs: now }
  return {
    left: Math.max(0, Math.floor(tokens - 1)),
    waitSeconds: isEmpty ? Math.max(1, Math.ceil((1 - tokens) / perSecond)) : 0,
  }
}

function refilled(
  state: State,
  name: string,
  size: number,
  perSecond: number,
  now: number,
): number {
  const bucket = state.buckets[name]
  if (bucket === undefined) return size
  return Math.min(size, bucket.tokens + ((now - bucket.atMs) / 1000) * perSecond)
}
