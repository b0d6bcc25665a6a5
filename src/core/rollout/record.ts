import type { Tally } from '../judge/evidence.ts'
import type { Intent, Step } from '../model/rollout.ts'
import { hashOf } from '../model/values/hash.ts'
import { canonical, type Json } from '../model/values/json.ts'

/** A deployment and the identity of what it runs. */
export interface Slot {
  readonly slot: string
  /** Hash of the declared content without its number of instances: 8 hex digits. */
  readonly rev: string
}

/**
 * What is known of an endpoint's rollout, and all that must survive. It lives in a tag of the endpoint and moves in the
 * same PUT as the traffic it explains, so that the two cannot come apart. Times in milliseconds since the epoch.
 *
 * `stable`: nothing under way. `progressing`: between the first write and full traffic. `baking`: full traffic on the
 * candidate, still judged. `aborted`: the candidate's revision is not tried again.
 */
export interface RolloutRecord {
  readonly phase: 'stable' | 'progressing' | 'baking' | 'aborted'
  /** The last revision that finished its bake: where a rollback goes. */
  readonly stable: Slot
  /** The revision on its way, or the one that was aborted. */
  readonly candidate?: Slot
  /** At rest: the revision that gave its traffic back last, until that is seen to have happened. */
  readonly withdrawn?: Slot
  /** The revision of before, kept warm for `undo`. */
  readonly previous?: Slot
  /** Until when `previous`, or the slot of an aborted candidate, is kept. */
  readonly untilMs?: number
  /** Index of the step in force. */
  readonly step: number
  /** Identity of the steps that `step` counts in: others would give it another meaning. */
  readonly stepsHash?: string
  /** When this record was written: the phase or step began. */
  readonly sinceMs: number
  /** When the candidate first got traffic; 0 = not yet. Evidence counts from here. */
  readonly startMs: number
  /** When the rollout began. */
  readonly beganMs: number
  /** How long it had been watched when this record was written, without waits for people: its deadline counts this. */
  readonly spentMs?: number
  /** Somebody said pause, or a step's deadline did. */
  readonly isPaused: boolean
  /** Of a paused one: a step's deadline did. */
  readonly isOverdue?: true
  /**
   * In the bake: stable's requests and errors until it began, by the first check of errors. A provider may forget them, and
   * they must survive that.
   */
  readonly reference?: Tally
  /** In the bake: the stable deployment was lost, so that all traffic is on the candidate and no control group beside it. */
  readonly isAlone?: true
  /** Of an aborted one: the mark of the golden requests, trial or checks that said no (`tried.ts`). Others try it again. */
  readonly tried?: string
}

export const ROLLOUT_TAG = 'verdigris.rollout'
/** Beside the record, for people: why a revision was aborted. */
export const ABORTED_TAG = 'verdigris.aborted'
/** On a deployment of a rollout: the revision it was given. */
export const REVISION_TAG = 'verdigris.rollout-revision'

/** Azure's limit for the value of a tag. */
export const MAX_TAG = 256

const VERSION = 'v1'
const NAME = /^[a-z0-9-]{1,64}$/
const REV = /^[0-9a-f]{8}$/
const ROAD = /^[0-9a-f]{4}$/
const TRIED = /^[a-z][0-9a-f]{4}$/
const PHASES = ['stable', 'progressing', 'baking', 'aborted'] as const

/**
 * The record as the text of a tag, at most 256 characters: `v1;progressing;s=blue.3f2a9c1e;c=green.77aa1122;n=2;…`.
 * The last part is a check over the others and the endpoint, so that a copied or edited record is not taken for ours.
 */
export function textOfRecord(record: RolloutRecord, endpointKey: string): string {
  const parts = [
    VERSION,
    record.phase,
    `s=${slotText(record.stable)}`,
    ...(record.candidate === undefined ? [] : [`c=${slotText(record.candidate)}`]),
    ...(record.withdrawn === undefined ? [] : [`w=${slotText(record.withdrawn)}`]),
    ...(record.previous === undefined ? [] : [`p=${slotText(record.previous)}`]),
    ...(record.untilMs === undefined ? [] : [`u=${record.untilMs.toString(36)}`]),
    `n=${record.step}`,
    ...(record.stepsHash === undefined ? [] : [`k=${record.stepsHash}`]),
    `t=${record.sinceMs.toString(36)}`,
    `f=${record.startMs.toString(36)}`,
    `b=${record.beganMs.toString(36)}`,
    ...(record.spentMs === undefined ? [] : [`d=${record.spentMs.toString(36)}`]),
    ...(record.isPaused ? ['x=1'] : []),
    ...(record.isOverdue ? ['o=1'] : []),
    ...(record.isAlone ? ['a=1'] : []),
    ...(record.reference === undefined ? [] : [`r=${tallyText(record.reference)}`]),
    ...(record.tried === undefined ? [] : [`m=${record.tried}`]),
  ]
  const text = parts.join(';')
  return `${text};h=${checkOf(text, endpointKey)}`
}

/** Whether users are being moved to its candidate, or it bakes: neither at rest nor aborted. */
export function isUnderWay(record: RolloutRecord | undefined): record is RolloutRecord {
  return record?.phase === 'progressing' || record?.phase === 'baking'
}

/** Whether the revision of before is kept: within its window, and beyond it while a word to go back waits that was said within. */
export function isWindowOpen(
  { untilMs = 0 }: RolloutRecord,
  { now, intents }: { readonly now: number; readonly intents: readonly Intent[] },
): boolean {
  const takesBack = intents.some(
    ({ verb, at }) => (verb === 'undo' || verb === 'abort') && at < untilMs,
  )
  return takesBack || now < untilMs
}

/** Reads a record back; undefined when it is not one that we wrote for this endpoint. */
export function recordOf(text: string, endpointKey: string): RolloutRecord | undefined {
  const key = `${endpointKey}\n${text}`
  const known = read.get(key)
  if (known !== undefined) return known
  const record = recordIn(text, endpointKey)
  if (record === undefined) return undefined
  if (read.size >= READ_MAX) read.clear()
  read.set(key, record)
  return record
}

const READ_MAX = 1000
/** The same few records are read at every tick, and several times in it. */
const read = new Map<string, RolloutRecord>()

function recordIn(text: string, endpointKey: string): RolloutRecord | undefined {
  const end = text.lastIndexOf(';h=')
  const body = text.slice(0, end)
  if (end < 0 || text.slice(end + 3) !== checkOf(body, endpointKey)) return undefined
  const [version, phase, ...pairs] = body.split(';')
  if (version !== VERSION) return undefined
  const field = fieldReader(new Map(pairs.map((pair) => [pair.slice(0, 1), pair.slice(2)])))
  const record = {
    phase: PHASES.find((one) => one === phase),
    stable: field.slot('s'),
    candidate: field.slot('c'),
    withdrawn: field.slot('w'),
    previous: field.slot('p'),
    untilMs: field.number('u', 36),
    step: field.number('n', 10),
    stepsHash: field.word('k', ROAD),
    sinceMs: field.number('t', 36),
    startMs: field.number('f', 36),
    beganMs: field.number('b', 36),
    spentMs: field.number('d', 36),
    isPaused: field.is('x'),
    isOverdue: field.is('o') || undefined,
    isAlone: field.is('a') || undefined,
    reference: field.tally('r'),
    tried: field.word('m', TRIED),
  }
  const present = Object.entries(record).filter(([, value]) => value !== undefined)
  return isWhole(record) ? (Object.fromEntries(present) as unknown as RolloutRecord) : undefined
}

function isWhole(record: { readonly [Field in keyof RolloutRecord]?: unknown }): boolean {
  const needed = [record.phase, record.stable, record.step, record.sinceMs]
  const all = [...needed, record.startMs, record.beganMs]
  const isMoving = record.phase !== 'stable'
  return all.every((value) => value !== undefined) && (!isMoving || record.candidate !== undefined)
}

function fieldReader(fields: ReadonlyMap<string, string>) {
  return {
    slot(key: string): Slot | undefined {
      const [slot, rev, ...more] = (fields.get(key) ?? '').split('.')
      if (slot === undefined || rev === undefined || more.length > 0) return undefined
      return NAME.test(slot) && REV.test(rev) ? { slot, rev } : undefined
    },
    number(key: string, base: number): number | undefined {
      const text = fields.get(key)
      return text !== undefined && /^[0-9a-z]{1,10}$/.test(text)
        ? Number.parseInt(text, base)
        : undefined
    },
    tally(key: string): Tally | undefined {
      const [requests, errors, ...more] = (fields.get(key) ?? '').split('.').map(countIn)
      if (requests === undefined || errors === undefined || more.length > 0) return undefined
      return errors <= requests ? { requests, errors } : undefined
    },
    word(key: string, form: RegExp): string | undefined {
      const text = fields.get(key)
      return text !== undefined && form.test(text) ? text : undefined
    },
    is: (key: string): boolean => fields.get(key) === '1',
  }
}

/** Nothing under way: what serves is what was proven. */
export function stableRecord(stable: Slot, nowMs: number): RolloutRecord {
  return {
    phase: 'stable',
    stable,
    step: 0,
    sinceMs: nowMs,
    startMs: 0,
    beganMs: 0,
    isPaused: false,
  }
}

/** As it was before somebody, or a step's deadline, paused it. */
export function unpaused({ isOverdue: _, ...record }: RolloutRecord): RolloutRecord {
  return { ...record, isPaused: false }
}

/** At rest, with the candidate's traffic to be given back; nothing is held against it. */
export function withdrawn({ stable, candidate }: RolloutRecord, nowMs: number): RolloutRecord {
  const left = candidate === undefined ? {} : { withdrawn: candidate }
  return { ...stableRecord(stable, nowMs), ...left }
}

/** Somebody went back to the revision of before: what served is aborted, and its slot is kept until then. */
export function undone(
  stable: Slot,
  previous: Slot,
  { now, keepMs }: { readonly now: number; readonly keepMs: number },
): RolloutRecord {
  return {
    ...stableRecord(previous, now),
    phase: 'aborted',
    candidate: stable,
    untilMs: now + keepMs,
  }
}

/** More than that between the clocks of two processes is an error of one of them. */
const CLOCKS_APART_MS = 60_000

/**
 * A record that a process wrote whose clock was ahead of ours, as if it had been written when we first saw it: what waits,
 * or is evidence, begins then (INVARIANTS S31). `beganMs` stays, by which the rollout is known.
 */
export function notAhead(record: RolloutRecord, seenMs: number): RolloutRecord {
  const aheadMs = record.sinceMs - seenMs
  if (aheadMs <= CLOCKS_APART_MS) return record
  const { startMs, untilMs } = record
  return {
    ...record,
    sinceMs: seenMs,
    startMs: Math.min(startMs, seenMs),
    ...(untilMs === undefined ? {} : { untilMs: untilMs - aheadMs }),
  }
}

/** Identity of a road: 4 hex digits. */
export function stepsHash(steps: readonly Step[]): string {
  return hashOf(canonical(steps as unknown as Json), 4)
}

/** Whether the revision of before is one that Git has taken back: warm for `undo`, and proven no more. */
export function isTakenBack({ previous, withdrawn: left }: RolloutRecord): boolean {
  return isSameSlot(previous, left)
}

export function isSameSlot(a: Slot | undefined, b: Slot | undefined): boolean {
  return a !== undefined && b !== undefined && a.slot === b.slot && a.rev === b.rev
}

/** Six digits to the base of 36. */
const MOST_COUNTED = 36 ** 6 - 1

function tallyText({ requests, errors }: Tally): string {
  // Of more requests than that the share is what matters.
  const scale = Math.min(1, MOST_COUNTED / Math.max(1, requests))
  return [requests, errors].map((count) => Math.floor(count * scale).toString(36)).join('.')
}

function countIn(text: string): number | undefined {
  return /^[0-9a-z]{1,6}$/.test(text) ? Number.parseInt(text, 36) : undefined
}

function slotText({ slot, rev }: Slot): string {
  return `${slot}.${rev}`
}

function checkOf(text: string, endpointKey: string): string {
  return hashOf(`${endpointKey}\n${text}`, 6)
}
