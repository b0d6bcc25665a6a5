import type { Report } from '../../../src/core/model/report.ts'
import type { Expectation, TraceEvent, WorldState } from '../trace.ts'
import { AbleClock } from './able.ts'
import { type Call, type CallEvent, callOf, isAccepted, isOfWorkspace, isWrite } from './call.ts'
import { type Commit, readCommit } from './git.ts'
import { Lineages } from './lineage.ts'
import { targetOf, treeOf } from './target.ts'
import { type View, Views } from './views.ts'
import { endpointIn, mirrorOf, weightsOf } from './world.ts'

export type StateEvent = Extract<TraceEvent, { readonly type: 'state' }>
export type PlanEvent = Extract<TraceEvent, { readonly type: 'plan' }>
type IntentEvent = Extract<TraceEvent, { readonly type: 'intent' }>

/** Git is looked at again within a minute, and a copy that was lost is made again. */
const LOOK_MS = 60_000

interface Turn {
  readonly tick: number
  readonly seq: number
  /** When its first call was answered. */
  readonly at: number
  /** A call of it was struck by a fault. */
  isStruck: boolean
  /** One before it was, and what that read has not been read again since. */
  readonly restsOnStruck: boolean
  /** It lists all endpoints. */
  isOfAll: boolean
  /** Where in the trace the last one before it began that did. */
  readonly allSeenFrom: number
}

const isDoubtful = ({ isStruck, restsOnStruck, isOfAll }: Turn): boolean =>
  isStruck || (restsOnStruck && !isOfAll)

/** Since when that is so which a tick takes for true: what it does not read again was read before it. */
const seenFrom = ({ isOfAll, seq, allSeenFrom }: Turn): number => (isOfAll ? seq : allSeenFrom)

const LISTS_ALL = /\/onlineEndpoints(\?|$)/

interface Seen {
  readonly seq: number
  readonly at: number
  readonly cause: StateEvent['cause']
  readonly state: WorldState
}

export interface Fault {
  readonly at: number
  readonly name: string
  readonly until: number | undefined
}

const KEPT_STATES = 600

export const SLOW = /^slowCalls/i
export const SLOWEST_CALL_MS = 5000
const CALL_MS = 50
const EMPTY: WorldState = { endpoints: {}, deployments: {}, assets: {} }

/**
 * All that invariants ask of the trace so far. It is filled from the events alone: what is true comes from 'state'
 * events, what a controller could know from the answers it got. Rows see it as it was before the event they look at.
 */
export class History {
  expectation: Expectation
  seq = 0
  now = 0
  state: WorldState = EMPTY
  readonly commits: Commit[] = []
  readonly intents: (IntentEvent & { readonly seq: number; answeredAt?: number })[] = []
  readonly faults: Fault[] = []
  readonly hands: {
    readonly seq: number
    readonly at: number
    readonly tree: string | undefined
    readonly path: string
    readonly what: string
  }[] = []
  /** Writes that Azure accepted, the last of each resource and of each tree. */
  readonly lastWrite = new Map<string, Call>()
  readonly lastTreeWrite = new Map<string, Call>()
  /** When a deployment last had live or mirrored traffic: `fraud/blue`. */
  readonly lastTraffic = new Map<string, { readonly at: number; readonly seq: number }>()
  readonly lineages = new Lineages()
  readonly able = new AbleClock()
  readonly plans = new Map<
    string,
    PlanEvent & { readonly seq: number; readonly wasStruck: boolean }
  >()
  readonly down = new Set<string>()
  readonly restarts: { readonly at: number; readonly seq: number; readonly controller: string }[] =
    []
  faultsEndAt: number | undefined
  lastInputSeq = 0
  lastInputAt = 0
  /** When the workspace last became another. */
  changedAt = 0
  private readonly views = new Views()
  private readonly turns = new Map<string, Turn>()
  private readonly states: Seen[] = []
  private readonly memos = new Map<string, unknown>()

  constructor(expectation: Expectation) {
    this.expectation = expectation
  }

  /** What one invariant keeps for itself. */
  memo<Value>(id: string, start: () => Value): Value {
    if (!this.memos.has(id)) this.memos.set(id, start())
    return this.memos.get(id) as Value
  }

  absorb(event: TraceEvent): void {
    this.seq += 1
    this.able.absorb(this, event)
    this.now = Math.max(this.now, event.at)
    const { seq } = this
    switch (event.type) {
      case 'call':
        this.absorbCall(callOf(event, seq))
        return
      case 'state':
        this.absorbState(event)
        return
      case 'plan':
        this.plans.set(event.application, { ...event, seq, wasStruck: this.isStruck(event) })
        this.absorbAnswers(event)
        return
      case 'commit':
        this.commits.push(readCommit({ ...event, seq }))
        this.input(event.at)
        return
      case 'intent':
        this.intents.push({ ...event, seq })
        this.input(event.at)
        return
      case 'hand':
        this.hands.push({
          ...{ seq, at: event.at, tree: treeOf(targetOf(event.path)) },
          ...{ path: event.path, what: event.what },
        })
        this.input(event.at)
        return
      case 'fault':
        this.faults.push({ at: event.at, name: event.name, until: event.until })
        this.input(event.at)
        return
      case 'faultsEnd':
        this.faultsEndAt = event.at
        this.input(event.at)
        return
      case 'crash':
        this.forgetTurns(event.controller)
        this.down.add(event.controller)
        this.lineages.forgetLost()
        this.views.forget(event.controller)
        return
      case 'restart':
        this.down.delete(event.controller)
        this.views.forget(event.controller)
        this.restarts.push({ at: event.at, seq, controller: event.controller })
    }
  }

  private absorbAnswers({ at, report }: PlanEvent): void {
    const given = report.answers.filter(({ result }) => result !== 'pending')
    for (const { intent } of given) {
      const said = this.intents.find(({ id }) => id === intent.id)
      if (said !== undefined) said.answeredAt ??= at
    }
  }

  /** A new process counts its ticks anew. */
  private forgetTurns(controller: string): void {
    for (const key of this.turns.keys())
      if (key.startsWith(`${controller}|`)) this.turns.delete(key)
  }

  private input(at: number): void {
    this.lastInputSeq = this.seq
    this.lastInputAt = at
  }

  private absorbTurn(call: Call): void {
    const known = this.turns.get(turnKey(call))
    const turn = known?.tick === call.tick ? known : begun(call, known)
    if (turn !== known) this.turns.set(turnKey(call), turn)
    if (call.fault !== undefined) turn.isStruck = true
    if (call.method === 'GET' && LISTS_ALL.test(call.path)) turn.isOfAll = true
  }

  private absorbCall(call: Call): void {
    const { target } = call
    this.absorbTurn(call)
    if (call.fault !== undefined) this.input(call.at)
    // What a GET says is gone, is gone (S26): that it was not is for somebody else to find out.
    if (call.seenStatus === 404 && call.status === 200) {
      const { endsOn, ...expectation } = this.expectation
      this.expectation = { ...expectation, converges: false }
    }
    if (call.method === 'GET' && isOfWorkspace(call)) this.views.absorb(call)
    if (!isWrite(call) || !isAccepted(call)) return
    this.lastWrite.set(target.key, call)
    const tree = treeOf(target)
    if (tree !== undefined) this.lastTreeWrite.set(tree, call)
  }

  private absorbState({ at, cause, state }: StateEvent): void {
    this.noteTraffic(this.state, at)
    this.noteTraffic(state, at)
    // What is made anew under a name has had no traffic.
    const names = new Set(Object.keys(state.deployments).map((key) => key.toLowerCase()))
    for (const key of this.lastTraffic.keys()) if (!names.has(key)) this.lastTraffic.delete(key)
    this.lineages.absorb(state, at, this.seq)
    if (this.down.size > 0) this.lineages.forgetLost()
    this.changedAt = at
    this.state = state
    this.states.push({ seq: this.seq, at, cause, state })
    if (this.states.length > KEPT_STATES) this.states.splice(0, KEPT_STATES / 2)
  }

  private noteTraffic(state: WorldState, at: number): void {
    for (const [name, endpoint] of Object.entries(state.endpoints))
      for (const deployment of [
        ...Object.keys(weightsOf(endpoint)),
        ...Object.keys(mirrorOf(endpoint)),
      ])
        this.lastTraffic.set(`${name.toLowerCase()}/${deployment}`, { at, seq: this.seq })
  }

  /** Where in the trace the tick of a plan began. */
  tickBefore(
    plan: Pick<PlanEvent, 'controller' | 'application'> & { readonly seq: number },
  ): number {
    const turn = this.turns.get(turnKey(plan))
    return turn !== undefined && turn.seq < plan.seq ? turn.seq : plan.seq
  }

  /** Whether what a tick saw may be wrong: a call was struck by a fault, its own or one before of whose answer it still knows. */
  isStruck(plan: Pick<PlanEvent, 'controller' | 'application'>): boolean {
    const turn = this.turns.get(turnKey(plan))
    return turn !== undefined && isDoubtful(turn)
  }

  viewOf(controller: string, key: string): View | undefined {
    return this.views.of(controller, key)
  }

  /** Where in the trace the tick began that a call belongs to. */
  tickStart(call: Pick<CallEvent, 'controller' | 'application' | 'tick'>): number {
    const turn = this.turns.get(turnKey(call))
    return turn?.tick === call.tick ? turn.seq : this.seq + 1
  }

  /** Whether this came so long before the first answer of the call's tick that the tick has read it: Git is read before that is asked. */
  isReadBy(call: Call, { at }: { readonly at: number }): boolean {
    const began = this.turns.get(turnKey(call))?.at ?? call.at
    return at < began - (this.isFaulty(began, SLOW) ? SLOWEST_CALL_MS : CALL_MS)
  }

  /**
   * The states that were true at some moment of the tick that a call belongs to. What somebody else changed while the tick
   * was under way could not be known: a write is wrong when it was wrong in all of them.
   */
  statesDuring(
    call: Pick<CallEvent, 'controller' | 'application' | 'tick'>,
  ): readonly WorldState[] {
    return this.statesSince(this.tickStart(call))
  }

  /** Those of which the report of a tick may tell. */
  statesKnownTo(plan: Pick<PlanEvent, 'controller' | 'application'>): readonly WorldState[] {
    const turn = this.turns.get(turnKey(plan))
    return turn === undefined ? [this.state] : this.statesSince(seenFrom(turn))
  }

  private statesSince(since: number): readonly WorldState[] {
    const first = this.states.findLastIndex(({ seq }) => seq <= since)
    const states = this.states.slice(Math.max(0, first)).map(({ state }) => state)
    return states.length === 0 ? [this.state] : states
  }

  commitsOf(application: string): readonly Commit[] {
    return this.commits.filter((commit) => commit.application === application)
  }

  newest(application: string): Commit | undefined {
    return this.commits.findLast((commit) => commit.application === application)
  }

  /** The newest commit of each Application, now or at an earlier place in the trace. */
  newestOfAll(seq = this.seq): readonly Commit[] {
    const known = this.commits.filter((commit) => commit.seq <= seq)
    const names = new Set(known.map(({ application }) => application))
    return [...names].flatMap(
      (name) => known.findLast(({ application }) => application === name) ?? [],
    )
  }

  /** Commits that may be in force: while the newest are broken, or Git is out of reach, an earlier one is. */
  commitsInForce(application: string): readonly Commit[] {
    const all = this.commitsOf(application)
    const applied = this.plans.get(application)?.report.appliedRevision
    return all.filter((one, place) => place >= all.length - 4 || one.revision === applied)
  }

  handSince(tree: string, seq: number): boolean {
    return this.hands.some((hand) => hand.seq > seq && (hand.tree ?? tree) === tree)
  }

  /**
   * It was started without a copy of Git and without Git: its copy was lost, and no process was up since for a look at Git.
   * Or without Git's history, by which alone it could know what lost its tags.
   */
  isWithoutGit(): boolean {
    const started = this.restarts.at(-1)?.at ?? 0
    const isPastGone = this.faults.some(
      ({ name, at, until = at }) =>
        /^git .*shallow/i.test(name) && at <= this.now && started <= until && this.now <= until,
    )
    if (isPastGone && this.hands.some(({ what }) => what === 'loseTags')) return true
    const isOut = this.outagesOfGit().some(
      ({ at, until }) => at <= started + LOOK_MS && started <= until && this.now <= until,
    )
    return (
      isOut &&
      this.faults.some(({ name, at }) => name === 'diskGone' && this.hadNoLook(at, started))
    )
  }

  /** From the one to the other time Git was out of reach, or no process was up, but for less than a look takes. */
  private hadNoLook(from: number, to: number): boolean {
    const downs = this.faults
      .filter(({ name }) => /^crash/i.test(name))
      .map(({ at }) => ({ at, until: this.restarts.find((one) => one.at > at)?.at ?? this.now }))
    const blind = [...downs, ...this.outagesOfGit()].sort((one, other) => one.at - other.at)
    let reached = from
    for (const { at, until } of blind) {
      if (at > Math.min(reached + LOOK_MS, to)) break
      reached = Math.max(reached, until)
    }
    return from <= to && to <= reached + LOOK_MS
  }

  /** Between two that are less than a look apart nobody may have asked: they are one. */
  private outagesOfGit(): readonly { readonly at: number; readonly until: number }[] {
    const outages: { at: number; until: number }[] = []
    for (const { name, at, until = at } of this.faults) {
      if (!/^git/i.test(name)) continue
      const last = outages.at(-1)
      if (last !== undefined && at <= last.until + LOOK_MS) last.until = Math.max(last.until, until)
      else outages.push({ at, until })
    }
    return outages
  }

  /** Whether the process of a controller was started at this time or later. */
  hasRestarted(name: string, since: number): boolean {
    return this.restarts.some(({ at, controller }) => controller === name && at >= since)
  }

  isFaulty(at: number, name?: RegExp): boolean {
    return this.faults.some(
      (fault) =>
        (name?.test(fault.name) ?? true) &&
        fault.at <= at &&
        at <= (fault.until ?? fault.at) &&
        (this.faultsEndAt === undefined || at < this.faultsEndAt),
    )
  }

  report(application: string): Report | undefined {
    return this.plans.get(application)?.report
  }

  hasEndpoint(endpoint: string): boolean {
    return endpointIn(this.state, endpoint) !== undefined
  }
}

function turnKey({
  controller,
  application,
}: Pick<CallEvent, 'controller' | 'application'>): string {
  return `${controller}|${application}`
}

function begun({ tick, seq, at }: Call, before: Turn | undefined): Turn {
  const restsOnStruck = before !== undefined && isDoubtful(before)
  const allSeenFrom = before === undefined ? seq : seenFrom(before)
  return { tick, seq, at, isStruck: false, isOfAll: false, restsOnStruck, allSeenFrom }
}
