import type { RolloutRecord } from '../../../src/core/rollout/record.ts'
import type { WorldState } from '../trace.ts'
import { deploymentIn, endpointIn, recordOfEndpoint, weightsOf } from './world.ts'

/** How long a revision has been where it is, on its way to all traffic. */
export interface Climb {
  readonly key: string
  readonly startedAt: number
  readonly startedSeq: number
  /** Since when the candidate has, or had, so much traffic: the first moment of each weight. */
  readonly reached: Map<number, number>
}

export interface Aborted {
  readonly at: number
  readonly seq: number
}

/** What became of the revisions of an endpoint, as its true records and true weights tell it. */
export interface Lineage {
  record: RolloutRecord | undefined
  /** Revisions that were stable at some time. */
  readonly proven: Set<string>
  readonly aborted: Map<string, Aborted>
  climb: Climb | undefined
  hasServed: boolean
  /** Models that have had traffic. */
  readonly served: Set<string>
  /** And since it was made last. */
  hasServedSinceMade: boolean
  /** Somebody took its record away, or the endpoint with it. */
  isRecordLost: boolean
}

/** Follows every endpoint through the states of a trace. */
export class Lineages {
  private readonly all = new Map<string, Lineage>()

  of(endpoint: string): Lineage {
    const known = this.all.get(endpoint)
    if (known !== undefined) return known
    const made: Lineage = {
      record: undefined,
      proven: new Set(),
      aborted: new Map(),
      climb: undefined,
      hasServed: false,
      served: new Set(),
      hasServedSinceMade: false,
      isRecordLost: false,
    }
    this.all.set(endpoint, made)
    return made
  }

  /** No process is left that has seen the records which are lost: what they said of aborted revisions nobody knows. */
  forgetLost(): void {
    for (const lineage of this.all.values()) {
      if (!lineage.isRecordLost) continue
      lineage.aborted.clear()
      lineage.record = undefined
    }
  }

  absorb(state: WorldState, at: number, seq: number): void {
    const names = new Set(Object.keys(state.endpoints).map((name) => name.toLowerCase()))
    // What is made anew under a name has not served yet.
    for (const [name, lineage] of this.all) {
      if (names.has(name)) continue
      lineage.hasServedSinceMade = false
      lineage.isRecordLost = true
    }
    for (const [name, endpoint] of Object.entries(state.endpoints)) {
      const key = name.toLowerCase()
      const lineage = this.of(key)
      const weights = weightsOf(endpoint)
      noteUsers(lineage, key, state)
      const record = recordOfEndpoint(state, key)
      lineage.isRecordLost = record === undefined
      if (record === undefined) continue
      note(lineage, record, { at, seq, weight: weights[record.candidate?.slot ?? ''] ?? 0 })
    }
  }
}

function noteUsers(lineage: Lineage, endpoint: string, state: WorldState): void {
  for (const name of Object.keys(weightsOf(endpointIn(state, endpoint)))) {
    lineage.hasServed = true
    lineage.hasServedSinceMade = true
    const model = deploymentIn(state, endpoint, name)?.model
    if (model !== undefined) lineage.served.add(model)
  }
}

function note(
  lineage: Lineage,
  record: RolloutRecord,
  now: { readonly at: number; readonly seq: number; readonly weight: number },
): void {
  const { at, seq, weight } = now
  const { phase, stable, candidate, beganMs } = record
  const wasAborted =
    lineage.record?.phase === 'aborted' && lineage.record.candidate?.rev === candidate?.rev
  lineage.record = record
  lineage.proven.add(stable.rev)
  if (phase === 'aborted' && candidate !== undefined) {
    if (!wasAborted) lineage.aborted.set(candidate.rev, { at, seq })
  } else if (candidate !== undefined && weight > 0) lineage.aborted.delete(candidate.rev)
  if (phase !== 'progressing' && phase !== 'baking') {
    lineage.climb = undefined
    return
  }
  const key = `${candidate?.rev}|${beganMs}`
  if (lineage.climb?.key !== key)
    lineage.climb = { key, startedAt: at, startedSeq: seq, reached: new Map() }
  if (weight > 0 && !lineage.climb.reached.has(weight)) lineage.climb.reached.set(weight, at)
}
