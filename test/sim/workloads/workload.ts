import { createRandom } from '../../../src/sandbox/scoring/simulated/random.ts'
import type { ApplicationSaid, ControllerSaid, HandEdit, SimEvent } from '../world/scenario.ts'
import type { EndpointTree, Quality, Tree } from '../world/tree.ts'

/** What people do over an hour, and what must come of it when nothing goes wrong. */
export interface Workload {
  readonly name: string
  draft(dice: Dice): Draft
}

/** A scenario but for its seed and its faults; absent parts are the usual ones. */
export interface Draft {
  readonly events: readonly SimEvent[]
  readonly models?: Readonly<Record<string, Quality>>
  readonly applications?: readonly ApplicationSaid[]
  readonly controllers?: readonly ControllerSaid[]
  /** By endpoint, the model that has all traffic at the end; undefined = not said. */
  readonly endsOn?: Readonly<Record<string, string | undefined>>
  /** Whether live equals Git at the end (default: yes). */
  readonly converges?: boolean
  readonly lengthMs?: number
}

export interface Dice {
  /** From `least` to `most`, both in. */
  int(least: number, most: number): number
  pick<T>(from: readonly T[]): T
  chance(share: number): boolean
  /** An instant between two minutes, in ms. */
  at(fromMinute: number, toMinute: number): number
}

export function diceOf(seed: string): Dice {
  const random = createRandom(seed)
  const int = (least: number, most: number): number =>
    least + Math.floor(random.uniform() * (most - least + 1))
  return {
    int,
    pick(from) {
      if (from.length === 0) throw new Error('There is nothing to pick from.')
      return from[int(0, from.length - 1)] as (typeof from)[number]
    },
    chance: (share) => random.uniform() < share,
    at: (from, to) => Math.round((from + random.uniform() * (to - from)) * 60) * 1000,
  }
}

export const MINUTE = 60_000
export const APP = 'app'
/** When the second release is merged: the first one serves by then. */
export const MERGE = 5 * MINUTE

export function template(model: number, rest: Partial<EndpointTree> = {}): EndpointTree {
  return { form: 'template', model, ...rest }
}

export function fraud(endpoint: EndpointTree, rest: Omit<Tree, 'endpoints'> = {}): Tree {
  return { endpoints: { fraud: endpoint }, ...rest }
}

export function commit(at: number, tree: Tree, forced?: number, application = APP): SimEvent {
  return { at, do: 'commit', application, tree, ...(forced === undefined ? {} : { forced }) }
}

export function users(endpoint = 'fraud', perSecond = 20, at = 0): SimEvent {
  return { at, do: 'users', endpoint, perSecond }
}

export function hand(at: number, edit: HandEdit): SimEvent {
  return { at, do: 'hand', ...edit }
}

export type Verb = Extract<SimEvent, { do: 'lever' }>['verb']

export function lever(at: number, verb: Verb, endpoint = 'fraud'): SimEvent {
  return { at, do: 'lever', application: APP, verb, endpoint }
}

/** A first release at the start, and another one once it serves. */
export function release(
  next: EndpointTree,
  first: EndpointTree = { ...next, model: 1 },
  at = MERGE,
): readonly SimEvent[] {
  return [users(), commit(0, fraud(first)), commit(at, fraud(next))]
}
