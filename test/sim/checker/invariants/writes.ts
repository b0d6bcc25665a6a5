import type { TraceEvent } from '../../trace.ts'
import type { Call } from '../call.ts'
import { type History, SLOW, SLOWEST_CALL_MS } from '../history.ts'
import { acceptedWriteIn, type Invariant, NOTHING } from '../invariant.ts'
import { isFilledIn, isReadOnly, isShare, leavesIn } from '../leaves.ts'
import { targetIn } from '../world.ts'

/** S9, S10, S13, S19, S20: what a write is made from, and whether it is needed. */
export const WRITES: readonly Invariant[] = [
  {
    id: 'S9',
    title: 'A write follows a look in the same tick that sees the own last write, and a difference',
    observe: (history, event) => [...unseen(history, event), ...needless(history, event)],
  },
  {
    id: 'S10',
    title: 'Fields that nobody declared go back as they were read',
    observe: lostFields,
  },
  {
    id: 'S13',
    title: 'A controller writes only after it has seen what another one wrote there',
    observe: overOthers,
  },
  {
    id: 'S19',
    title: 'Nothing is written again and again while nothing new comes',
    observe: repeated,
  },
  {
    id: 'S20',
    title: 'Nothing is moved to and fro while nothing new comes',
    observe: oscillating,
  },
]

function ownWrite(history: History, event: TraceEvent): Call | undefined {
  const call = acceptedWriteIn(history, event)
  return call === undefined || call.target.kind === 'asset' ? undefined : call
}

function unseen(history: History, event: TraceEvent): readonly string[] {
  const call = ownWrite(history, event)
  if (call === undefined) return NOTHING
  const { target, method, controller } = call
  const view = history.viewOf(controller, target.key)
  // A delete without a look is told of as such (S14).
  if (view === undefined || view.seq < history.tickStart(call))
    return method === 'DELETE'
      ? NOTHING
      : [`${method} ${target.key}: it was not looked at in this tick`]
  const last = history.lastWrite.get(target.key)
  if (last?.controller !== controller || view.seq > last.seq) return NOTHING
  return [`${method} ${target.key}: the own last write was not read back`]
}

/** A PUT that asks for nothing but what was read, of something that is well. */
function needless(history: History, event: TraceEvent): readonly string[] {
  const call = ownWrite(history, event)
  if (call?.method !== 'PUT') return NOTHING
  const view = history.viewOf(call.controller, call.target.key)
  const isWell = history
    .statesDuring(call)
    .every((state) => targetIn(state, call.target)?.provisioningState === 'Succeeded')
  if (view?.is !== 'there' || view.isFalse || !isWell) return NOTHING
  const live = leavesIn(view.body)
  const asked = leavesIn(call.requestBody)
  const isSame = [...asked].every(
    ([pointer, value]) => live.get(pointer) === value || (isShare(pointer) && value === '0'),
  )
  const isGone = [...live].some(
    ([pointer, value]) =>
      !asked.has(pointer) && !isReadOnly(pointer) && !(isShare(pointer) && value === '0'),
  )
  return isSame && !isGone ? [`PUT ${call.target.key}: it asks for what is there already`] : NOTHING
}

/**
 * Foreign is what neither we nor Git ever set: a leaf that our create did not have, whose new value stands in no commit.
 * What is compared is what the controller read: what it never saw it cannot give back.
 */
function lostFields(history: History, event: TraceEvent): readonly string[] {
  const call = ownWrite(history, event)
  if (call?.method !== 'PUT') return NOTHING
  const managed = history.memo('S10', () => new Map<string, Set<string>>())
  const { key } = call.target
  const asked = leavesIn(call.requestBody)
  const states = history.statesDuring(call).map((state) => targetIn(state, call.target))
  if (states.every((found) => found === undefined)) managed.set(key, new Set(asked.keys()))
  const own = managed.get(key) ?? new Set()
  const view = history.viewOf(call.controller, key)
  if (states.some((found) => found === undefined) || view?.is !== 'there') return NOTHING
  managed.set(key, own)
  const truth = leavesIn(states.at(-1)?.body)
  const foreign = [...leavesIn(view.body)].filter(
    ([pointer, value]) => isOthers(pointer) && !own.has(pointer) && truth.get(pointer) === value,
  )
  const changed = foreign.filter(
    ([pointer, value]) =>
      asked.get(pointer) !== value && (asked.has(pointer) || !isFilledIn(pointer, value)),
  )
  const lost = changed.filter(([pointer]) => !isDeclared(history, call, asked.get(pointer)))
  for (const pointer of asked.keys()) if (!truth.has(pointer)) own.add(pointer)
  for (const [pointer] of changed) own.add(pointer)
  return lost.map(
    ([pointer, value]) =>
      `PUT ${key}: ${pointer} ${value} becomes ${asked.get(pointer) ?? 'nothing'}`,
  )
}

/** What has no owner of its own among us, Azure, and the rules of traffic. */
function isOthers(pointer: string): boolean {
  return (
    !isReadOnly(pointer) &&
    !isServices(pointer) &&
    !isShare(pointer) &&
    !/^\/tags\/(verdigris|sandbox)[.]/.test(pointer)
  )
}

/** FACTS 0.11 and 1.3: the service adds these by itself; sent back they are a loop, or a 400. */
function isServices(pointer: string): boolean {
  return (
    pointer === '/properties/egressPublicNetworkAccess' ||
    /^\/properties\/environmentVariables\/(AZUREML_MODEL_DIR|AZUREML_ENTRY_SCRIPT|AML_APP_ROOT)$/.test(
      pointer,
    )
  )
}

function isDeclared(history: History, { application }: Call, value: string | undefined): boolean {
  if (value === undefined) return false
  const text = value.replace(/^"|"$/g, '')
  return history
    .commitsInForce(application)
    .some(({ files }) => Object.values(files).some((content) => content.includes(text)))
}

function overOthers(history: History, event: TraceEvent): readonly string[] {
  const call = ownWrite(history, event)
  if (call === undefined) return NOTHING
  const { target, controller, method } = call
  const last = history.lastWrite.get(target.key)
  if (last === undefined || last.controller === controller) return NOTHING
  const view = history.viewOf(controller, target.key)
  // One that has never looked is told of as such.
  if (view === undefined || view.seq > last.seq || view.seq < history.tickStart(call))
    return NOTHING
  // While every call is slow, the other's write is on its way when this one is sent.
  if (history.isFaulty(call.at, SLOW) && call.at - last.at <= SLOWEST_CALL_MS) return NOTHING
  return [`${method} ${target.key}: ${last.controller} wrote it since ${controller} looked`]
}

interface Same {
  readonly text: string
  readonly since: number
  count: number
}

const MOST_REPEATS = 3

function repeated(history: History, event: TraceEvent): readonly string[] {
  const call = acceptedWriteIn(history, event)
  if (call === undefined || call.fault !== undefined) return NOTHING
  const known = history.memo('S19', () => new Map<string, Same>())
  const id = `${call.application}|${call.target.key}`
  const text = `${call.method} ${withoutTimes(call.requestBody)}`
  const before = known.get(id)
  const isSame = before?.text === text && before.since === history.lastInputSeq
  const next = isSame ? before : { text, since: history.lastInputSeq, count: 0 }
  next.count += 1
  known.set(id, next)
  if (next.count !== MOST_REPEATS + 1) return NOTHING
  return [
    `${call.method} ${call.target.key}: the same for the ${next.count}th time, and nothing new came`,
  ]
}

function oscillating(history: History, event: TraceEvent): readonly string[] {
  const call = ownWrite(history, event)
  if (call?.method !== 'PUT') return NOTHING
  const known = history.memo('S20', () => new Map<string, { since: number; texts: string[] }>())
  const id = `${call.application}|${call.target.key}`
  const before = known.get(id)
  const texts = before?.since === history.lastInputSeq ? before.texts : []
  const text = withoutTimes(call.requestBody)
  const four = texts.at(-1) === text ? texts : [...texts, text].slice(-4)
  known.set(id, { since: history.lastInputSeq, texts: four })
  const [first, second, third, fourth] = four
  if (fourth === undefined || texts.at(-1) === text) return NOTHING
  if (first !== third || second !== fourth) return NOTHING
  return [`PUT ${call.target.key}: to and fro for the second time, and nothing new came`]
}

/** Records hold times, which differ: what is left is what the write does. */
function withoutTimes(body: unknown): string {
  const kept = [...leavesIn(body)].filter(([pointer]) => !pointer.startsWith('/tags/'))
  return JSON.stringify(kept.sort())
}
