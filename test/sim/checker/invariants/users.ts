import { isUnderWay, type RolloutRecord } from '../../../../src/core/rollout/record.ts'
import type { TraceEvent } from '../../trace.ts'
import { isAccepted } from '../call.ts'
import { declaredInstances, declares, roadOf } from '../git.ts'
import type { History } from '../history.ts'
import { type Invariant, NOTHING, writeIn } from '../invariant.ts'
import { isModel } from '../model.ts'
import { REACTION_TIMES } from '../reaction-times.ts'
import { deploymentIn, deploymentsIn, endpointIn, recordOfEndpoint, weightsOf } from '../world.ts'

/** U1, above all others. */
export const USERS: readonly Invariant[] = [
  {
    id: 'U1',
    title:
      'Where the stable model is sound, no user’s request fails by what Verdigris did, or left undone for longer than its reaction time',
    on: ['call', 'hand', 'commit', 'state', 'requests'],
    observe: countFailures,
    finish: failuresOf,
  },
]

type Requests = Extract<TraceEvent, { readonly type: 'requests' }>

interface Blame {
  failed: number
  readonly firstAt: number
  lastAt: number
}

/** Answers of one revision on its way, and since when they say clearly that it is worse. */
interface Evidence {
  /** Of which rollout. */
  climb: string | undefined
  sent: number
  failed: number
  clearAt: number | undefined
}

interface Memo {
  readonly blames: Map<string, Blame>
  readonly evidence: Map<string, Evidence>
  /** Able time at which somebody else's hand, or Azure itself, last did something to an endpoint. */
  readonly harmedAt: Map<string, number>
  /** Able time of the newest commit. */
  readonly askedAt: Map<string, number>
  readonly stable: Map<string, { sent: number; failed: number }>
  /** Deployments of which Azure refused the last write: it is tried again, each time later. */
  readonly refused: Set<string>
}

function memoOf(history: History): Memo {
  return history.memo('U1', () => ({
    blames: new Map(),
    evidence: new Map(),
    harmedAt: new Map(),
    askedAt: new Map(),
    stable: new Map(),
    refused: new Set(),
  }))
}

function countFailures(history: History, event: TraceEvent): readonly string[] {
  const memo = memoOf(history)
  noteWrite(history, memo, event)
  if (event.type === 'hand') noteHand(history, memo, event.path)
  if (event.type === 'commit') noteCommit(history, memo)
  if (event.type === 'state') noteLosses(history, memo, event)
  if (event.type !== 'requests') return NOTHING
  gather(history, memo, event)
  const why = blameOf(history, memo, event)
  if (why === undefined) return NOTHING
  const key = `${event.endpoint}: ${why}`
  const known = memo.blames.get(key)
  if (known === undefined)
    memo.blames.set(key, { failed: event.failed, firstAt: event.at, lastAt: event.at })
  else {
    known.failed += event.failed
    known.lastAt = event.at
  }
  return NOTHING
}

function failuresOf(history: History): readonly string[] {
  return [...memoOf(history).blames].map(
    ([key, { failed, firstAt, lastAt }]) =>
      `${key}: ${failed} requests failed, from ${firstAt} to ${lastAt}`,
  )
}

function noteWrite(history: History, { refused }: Memo, event: TraceEvent): void {
  const call = writeIn(history, event)
  if (call?.target.kind !== 'deployment') return
  if (isAccepted(call)) refused.delete(call.target.key)
  else if (call.seenStatus === 400) refused.add(call.target.key)
}

function noteHand(history: History, { harmedAt }: Memo, path: string): void {
  for (const name of Object.keys(history.state.endpoints)) {
    const endpoint = name.toLowerCase()
    if (path.toLowerCase().split(/[/?]/).includes(endpoint))
      harmedAt.set(endpoint, history.able.at(endpoint))
  }
}

/** More instances that a commit asks for are made as fast as what a hand takes away. */
function noteCommit(history: History, { askedAt }: Memo): void {
  for (const name of Object.keys(history.state.endpoints))
    askedAt.set(name.toLowerCase(), history.able.at(name.toLowerCase()))
}

/** A deployment that served and does not any more, though nobody here wrote to it: Azure lost it. */
function noteLosses(
  history: History,
  { harmedAt }: Memo,
  { state, cause }: Extract<TraceEvent, { readonly type: 'state' }>,
): void {
  for (const [key, before] of Object.entries(history.state.deployments)) {
    if (!before.isServing || state.deployments[key]?.isServing === true) continue
    const [endpoint = '', deployment = ''] = key.toLowerCase().split('/')
    const ours = history.lastWrite.get(`online/${endpoint}/${deployment}`)
    const isOurs =
      ours?.method === 'DELETE' || (ours !== undefined && before.provisioningState !== 'Succeeded')
    if (cause === 'hand' || !isOurs) harmedAt.set(endpoint, history.able.at(endpoint))
  }
}

function blameOf(history: History, memo: Memo, event: Requests): string | undefined {
  const endpoint = event.endpoint.toLowerCase()
  const { cause, failed } = event
  if (failed === 0 || cause === undefined) return undefined
  if (!isOwed(history, endpoint, cause)) return undefined
  if (hasNothingUp(history, endpoint)) memo.harmedAt.set(endpoint, history.able.at(endpoint))
  const harmed = memo.harmedAt.get(endpoint)
  const isMending =
    harmed !== undefined && history.able.at(endpoint) - harmed <= REACTION_TIMES.handEdit.ms
  if (isMending) return undefined
  if (cause === 'model') return blameForModel(history, memo, event)
  if (cause === 'overloaded' && isSized(history, memo, endpoint)) return undefined
  return `${cause}${event.deployment === undefined ? '' : ` on ${event.deployment}`}`
}

/** All that was made there failed: Azure's word, which waits for its retry, or for whoever it names (L11). */
function hasNothingUp({ state }: History, endpoint: string): boolean {
  const all = deploymentsIn(state, endpoint).map((name) => deploymentIn(state, endpoint, name))
  return all.length > 0 && all.every((one) => one?.provisioningState === 'Failed' && !one.isServing)
}

/** Users of what serves are owed answers, and users of what is on its way are owed a judge, whatever Git says by now. */
function isOwed(history: History, endpoint: string, cause: Requests['cause']): boolean {
  if (!history.lineages.of(endpoint).hasServed) return false
  return isDeclared(history, endpoint) || (cause === 'model' && isMoving(history, endpoint))
}

/** Git wants the endpoint, and wants somebody to serve there. */
function isDeclared(history: History, endpoint: string): boolean {
  return history.newestOfAll().some((commit) => {
    const found = declares(commit, endpoint)
    if (found === undefined) return false
    const { traffic } = found.spec
    // Who has served goes on where a commit does not say who does.
    if (roadOf(commit, endpoint) !== undefined || traffic === undefined) return true
    return Object.values((traffic ?? {}) as Record<string, number>).some((weight) => weight > 0)
  })
}

function isSized(history: History, { askedAt, refused }: Memo, endpoint: string): boolean {
  const asked = askedAt.get(endpoint)
  const isNew =
    asked !== undefined && history.able.at(endpoint) - asked <= REACTION_TIMES.handEdit.ms
  const isRefused = Object.keys(weightsOf(endpointIn(history.state, endpoint))).some((name) =>
    refused.has(`online/${endpoint}/${name}`),
  )
  return isNew || isRefused || isAsSized(history, endpoint) || isUpdateFailed(history, endpoint)
}

/** Azure did not carry a change of what serves out, and is asked again, each time later. */
function isUpdateFailed({ state }: History, endpoint: string): boolean {
  return Object.keys(weightsOf(endpointIn(state, endpoint))).some(
    (name) => deploymentIn(state, endpoint, name)?.provisioningState === 'Failed',
  )
}

/** Everything that serves has the instances that Git declares: that they are too few is Git's wish. */
function isAsSized(history: History, endpoint: string): boolean {
  const names = Object.keys(weightsOf(endpointIn(history.state, endpoint)))
  return names.every((name) => {
    const has = deploymentIn(history.state, endpoint, name)?.instances ?? 0
    const declared = history
      .newestOfAll()
      .flatMap((commit) => declaredInstances(commit, endpoint, name) ?? [])
    return declared.every((count) => has >= count)
  })
}

function blameForModel(history: History, memo: Memo, event: Requests): string | undefined {
  const endpoint = event.endpoint.toLowerCase()
  const name = event.deployment?.toLowerCase() ?? ''
  if (!isBad(history, endpoint, name) || !hasAlternative(history, endpoint, name)) return undefined
  // Nothing else served, so that it is the stable one now: what is to replace it takes its steps.
  if (recordOf(history, endpoint)?.stable.slot === name) return undefined
  const evidence = memo.evidence.get(`${endpoint}/${name}`)
  if (evidence?.clearAt === undefined) return undefined
  if (isSkewed(history, endpoint)) evidence.clearAt = history.able.at(endpoint, 'judging')
  const { clearAt } = evidence
  const since = history.able.at(endpoint, 'judging') - clearAt
  if (since <= REACTION_TIMES.badCandidate.ms + behindMs(history)) return undefined
  return `bad model on ${name}, which was clear for longer than the reaction time`
}

/**
 * It was told that the provider's clock is another than ours, which is so: its numbers say nothing until that is mended; or
 * that it counted none of stable's requests while it was.
 */
function isSkewed({ plans, faults }: History, endpoint: string): boolean {
  const judgements = [...plans.values()].flatMap(({ report }) =>
    report.resources.flatMap(({ rollout }) =>
      rollout?.endpoint.toLowerCase() === endpoint ? rollout.judgements : [],
    ),
  )
  const isTold = judgements.some(({ reason }) => /^(ClockSkew|NoReference)$/.test(reason))
  return isTold && faults.some(({ name }) => /^clock .*\d{6}/.test(name))
}

/** A provider whose clock is less than ten minutes behind ours is believed, and judged as late as it counts. */
const BEHIND_MS = 600_000

function behindMs({ faults }: History): number {
  const jumps = faults.map(({ name }) =>
    Math.abs(Number(/^clock \S+ (-?\d+)/.exec(name)?.[1] ?? 0)),
  )
  return Math.max(0, ...jumps.filter((ms) => ms <= BEHIND_MS))
}

function isBad(history: History, endpoint: string, name: string): boolean {
  const model = deploymentIn(history.state, endpoint, name)?.model
  return model !== undefined && history.expectation.badModels.some((bad) => isModel(model, bad))
}

/** Something sound that serves: what is stable by the record, or was until the bad one took its place. */
function hasAlternative(history: History, endpoint: string, name: string): boolean {
  return deploymentsIn(history.state, endpoint).some((other) => {
    const found = deploymentIn(history.state, endpoint, other)
    return other !== name && found?.isServing === true && !isBad(history, endpoint, other)
  })
}

/** A rate that any judge takes for fine, and how sure the evidence is before it counts as clear. */
const FINE = 0.02
const TIMES = 3
const CLEAR = 20

/** Evidence counts while the revision is judged: from its first weight to the end of its bake. */
function gather(history: History, memo: Memo, event: Requests): void {
  const endpoint = event.endpoint.toLowerCase()
  const name = event.deployment?.toLowerCase()
  const record = recordOf(history, endpoint)
  if (name === undefined || record === undefined) return
  const failed = event.cause === 'model' ? event.failed : 0
  if (name === record.stable.slot) {
    const known = memo.stable.get(endpoint) ?? { sent: 0, failed: 0 }
    memo.stable.set(endpoint, { sent: known.sent + event.sent, failed: known.failed + failed })
  } else if (
    isMoving(history, endpoint) &&
    name === record.candidate?.slot &&
    isJudged(history, endpoint)
  )
    weigh(history, memo, { endpoint, name, sent: event.sent, failed })
}

/** The record of an endpoint, or what it was until somebody took it away. */
function recordOf(history: History, endpoint: string): RolloutRecord | undefined {
  return recordOfEndpoint(history.state, endpoint) ?? history.lineages.of(endpoint).record
}

function isMoving(history: History, endpoint: string): boolean {
  return isUnderWay(recordOf(history, endpoint))
}

function weigh(
  history: History,
  memo: Memo,
  answers: {
    readonly endpoint: string
    readonly name: string
    readonly sent: number
    readonly failed: number
  },
): void {
  const { endpoint, name, sent, failed } = answers
  const climb = history.lineages.of(endpoint).climb?.key
  const before = memo.evidence.get(`${endpoint}/${name}`)
  const known = before?.climb === climb ? before : undefined
  const sum: Evidence = {
    climb,
    sent: (known?.sent ?? 0) + sent,
    failed: (known?.failed ?? 0) + failed,
    clearAt: known?.clearAt,
  }
  if (sum.clearAt === undefined && isClear(sum, memo.stable.get(endpoint)))
    sum.clearAt = history.able.at(endpoint, 'judging')
  memo.evidence.set(`${endpoint}/${name}`, sum)
}

function isJudged(history: History, endpoint: string): boolean {
  const roads = history.newestOfAll().flatMap((commit) => roadOf(commit, endpoint) ?? [])
  // A rollout that Git declares no longer cannot be judged, and must not stay.
  return (
    roads.length === 0 ||
    roads.some(({ isJudged: judged, onFailure }) => judged && onFailure === 'rollback')
  )
}

function isClear(
  { sent, failed }: Pick<Evidence, 'sent' | 'failed'>,
  stable: { readonly sent: number; readonly failed: number } | undefined,
): boolean {
  const own = stable === undefined || stable.sent === 0 ? 0 : stable.failed / stable.sent
  const limit = Math.min(0.9, TIMES * Math.max(FINE, own))
  const ratio = failed / Math.max(1, sent)
  if (ratio <= limit) return false
  const rest = sent - failed
  const surplus = rest === 0 ? 0 : rest * Math.log((1 - ratio) / (1 - limit))
  return failed * Math.log(ratio / limit) + surplus > CLEAR
}
