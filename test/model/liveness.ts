import type { IntentVerb } from '../../src/core/model/rollout.ts'
import { deploymentAt, isAtWork, trafficOf } from './azure.ts'
import { planned } from './controller.ts'
import { recordAt } from './laws.ts'
import type { Moves } from './moves.ts'
import { keyOf, type State } from './states.ts'

/** Where everything comes to rest once nothing bad happens any more, and how many of the states lead there. */
export interface Rest {
  readonly state: State
  /** What Git wants serves everybody; or why not, and the command that led on. */
  readonly how: 'home' | IntentVerb | 'commit' | 'unnamed' | 'stuck'
  readonly held: readonly string[]
}

/**
 * L1: from a state on, without hands, faults and failures, in turn: Azure ends what it is at work on, each controller writes
 * what it has decided and reads, and time passes when nobody has anything to do. Good verdicts, for a bad one is an answer.
 */
export class Closure {
  private readonly moves: Moves
  private readonly rests = new Map<string, Rest>()
  readonly found = new Map<string, Rest>()

  constructor(moves: Moves) {
    this.moves = moves
  }

  /** Where a state comes to rest; every state on the way there has the same answer, and is asked once. */
  async restOf(from: State): Promise<Rest> {
    const way = new Set<string>()
    let state = from
    for (;;) {
      const key = keyOf(state)
      const known = this.rests.get(key)
      if (known !== undefined) return this.told(way, known)
      if (way.has(key)) return this.told(way, { state, how: 'stuck', held: ['It never rests.'] })
      way.add(key)
      const next = await this.next(state)
      if (next === undefined) return this.told(way, await this.judged(state))
      state = next
    }
  }

  private told(way: ReadonlySet<string>, rest: Rest): Rest {
    for (const key of way) this.rests.set(key, rest)
    this.found.set(keyOf(rest.state), rest)
    return rest
  }

  /** The next thing to happen, or nothing: it rests. */
  private async next(state: State): Promise<State | undefined> {
    const { moves } = this
    if (isAtWork(moves.things.azure(state.azure))) return moves.end(state, true)
    const minds = [0, 1].slice(0, moves.bounds.controllers)
    const writer = minds.find((who) => state.minds[who]?.pending !== 0)
    if (writer !== undefined) return (await moves.write(state, writer)).to
    const key = keyOf(state)
    const tries = [
      ...minds.map((who) => () => moves.read(state, who, { says: 'good' }).to),
      () => moves.time(state, 'step'),
      () => moves.time(state, 'window'),
    ]
    for (const attempt of tries) {
      const to = attempt()
      if (keyOf(to) !== key) return to
    }
    return undefined
  }

  private async judged(state: State): Promise<Rest> {
    if (this.isHome(state)) return { state, how: 'home', held: [] }
    // A command after which all is as before leads nowhere.
    this.rests.set(keyOf(state), { state, how: 'stuck', held: ['It is where it was.'] })
    const { things, bounds, heard } = this.moves
    const view = heard(state, { says: 'good' })
    const { plan } = planned(view, things.memories.at(state.minds[0].memory))
    const held = plan.held.map(({ ref, reason, message }) => `${ref.name} ${reason}: ${message}`)
    const verbs = held.flatMap((one) =>
      [...one.matchAll(/`verdigris rollout (\w+)`/g)].map(([, verb]) => verb as IntentVerb),
    )
    for (const verb of verbs) {
      const said = this.moves.read(state, 0, { says: 'good', verb }).to
      if (keyOf(said) !== keyOf(state) && (await this.leads(said)))
        return { state, how: verb, held }
    }
    const newer = bounds.gits.length
    const isNamed = held.some((one) => /commit/i.test(one))
    if (await this.leads({ ...state, git: newer }))
      return { state, how: isNamed ? 'commit' : 'unnamed', held }
    return { state, how: 'stuck', held }
  }

  private async leads(state: State): Promise<boolean> {
    const { how } = await this.restOf(state)
    return how === 'home'
  }

  /** What Git wants serves everybody, and that is recorded. */
  private isHome(state: State): boolean {
    const { things } = this.moves
    const azure = things.azure(state.azure)
    const record = recordAt(azure.endpoint.body)
    const slot = record?.stable.slot ?? ''
    const target = deploymentAt(azure, slot)
    return (
      record?.phase === 'stable' &&
      azure.endpoint.phase === 'Succeeded' &&
      trafficOf(azure.endpoint)[slot] === 100 &&
      target?.phase === 'Succeeded' &&
      target.runs === this.moves.modelIn(state)
    )
  }
}
