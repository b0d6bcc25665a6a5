import { KINDS } from '../../src/core/kinds/index.ts'
import type { SyncPolicy } from '../../src/core/model/application.ts'
import { writeMarkOf } from '../../src/core/model/basis.ts'
import type { Desired } from '../../src/core/model/desired.ts'
import type { Live, Phase, World } from '../../src/core/model/live.ts'
import type { Memory } from '../../src/core/model/memory.ts'
import type { Action, Plan } from '../../src/core/model/plan.ts'
import { keyOf, type Ref } from '../../src/core/model/ref.ts'
import type { Outcome } from '../../src/core/model/report.ts'
import type { JsonObject } from '../../src/core/model/values/json.ts'
import { NO_ANSWERS, type PlanInput } from '../../src/core/plan/context.ts'
import { afterOutcomes } from '../../src/core/plan/memory/next-memory.ts'
import { makePlan } from '../../src/core/plan/plan.ts'
import { unlistedIn } from '../../src/core/plan/prune/unlisted.ts'

export const NOW = 1_800_000_000_000

export const SYNC: SyncPolicy = {
  mode: 'apply',
  intervalMs: 60_000,
  drift: 'correct',
  prune: { enabled: true, maxDeletions: 3 },
  suspend: false,
  maxRollouts: 10,
  ignoreDifferences: [],
}

export function world(resources: readonly Live[] = []): World {
  return {
    workspace: {
      id: '/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w',
      subscriptionId: 's',
      resourceGroup: 'g',
      name: 'w',
      location: 'norwayeast',
    },
    resources,
    labels: {},
    absent: new Set(),
    complete: true,
    unread: new Set(),
  }
}

export function live(ref: Ref, body: JsonObject = {}, phase: Phase = 'Ready'): Live {
  return { ref, body, phase }
}

/** The simplest Azure there can be: what is written is there at once, whole; a deleted thing is gone with what it held. */
export function carriedOut(
  before: World,
  action: Action,
  phase: Phase = 'Ready',
  body = action.body,
): World {
  const key = keyOf(action.ref)
  const others = before.resources.filter(({ ref }) => {
    const isChild = action.ref.kind === 'OnlineEndpoint' && ref.parent === action.ref.name
    return keyOf(ref) !== key && !(action.verb === 'delete' && isChild)
  })
  if (body === undefined) return { ...before, resources: others }
  return { ...before, resources: [...others, { ref: action.ref, body, phase }] }
}

/** A controller's turn over such an Azure, with the memory it keeps. */
export class Turns {
  world: World
  memory: Memory = {}
  now = NOW
  input: Omit<PlanInput, 'world' | 'memory' | 'now'>
  /** What Azure has accepted. */
  readonly actions: Action[] = []
  /** What Azure makes of a body that it has accepted. */
  takes: (body: JsonObject) => JsonObject = (body) => body
  private readonly onceReady = new Set<string>()

  constructor(desired: readonly Desired[], from: World = world()) {
    this.world = from
    this.input = inputOf(desired, 'c1')
  }

  /** A new commit, of which the ones before are the history. */
  commit(desired: readonly Desired[], revision: string): void {
    const bases = new Map(this.input.bases)
    bases.set(revision, desired)
    const before = this.input.desired.map((one) => [keyOf(one.ref), one] as const)
    const lately = new Map([...this.input.lately, ...before])
    this.input = { ...this.input, desired, revision, bases, lately }
  }

  plan(): Plan {
    return this.turn().plan
  }

  /** Plans and carries out; gives the plan. */
  step(phase: Phase = 'Ready'): Plan {
    const { plan, memory } = this.turn()
    for (const one of this.world.resources)
      if (one.phase === 'Ready') this.onceReady.add(keyOf(one.ref))
    const outcomes = plan.actions.map((action) => this.outcomeOf(action))
    const accepted = outcomes.flatMap(({ action, result }) =>
      result === 'Started' ? [action] : [],
    )
    for (const action of accepted)
      this.world = carriedOut(this.world, action, phase, this.taken(action))
    this.memory = afterOutcomes(memory, outcomes, this.now)
    this.actions.push(...accepted)
    return plan
  }

  private taken({ body }: Action): JsonObject | undefined {
    return body && this.takes(body)
  }

  /** Of what never came up Azure takes no update: it has to be deleted and made again (ERRORS 2). */
  private outcomeOf(action: Action): Outcome {
    const key = keyOf(action.ref)
    const live = this.world.resources.find(({ ref }) => keyOf(ref) === key)
    const isDead = live?.phase === 'Failed' && !this.onceReady.has(key)
    const mark = writeMarkOf(undefined, this.taken(action))
    if (!isDead || action.verb !== 'update') return { action, result: 'Started', mark }
    const refusal = { reason: 'Unrecoverable', message: 'Delete and re-create.' }
    return { action, result: 'Failed', errorClass: 'user', retry: 'Never', ...refusal }
  }

  /** Steps, a minute each, until there is nothing left to do. Fails after `limit` steps. */
  settle(limit = 40): readonly Action[] {
    const from = this.actions.length
    for (let turn = 0; turn < limit; turn += 1) {
      const plan = this.step()
      if (plan.actions.length === 0 && plan.wakeAt === undefined) return this.actions.slice(from)
      this.now += 60_000
    }
    throw new Error(
      `not settled: ${this.actions
        .slice(from)
        .map(({ operation }) => operation)
        .join(', ')}`,
    )
  }

  /** Somebody else's hand in the workspace. */
  meddle(ref: Ref, change: (body: JsonObject) => JsonObject): void {
    const resources = this.world.resources.map((resource) =>
      keyOf(resource.ref) === keyOf(ref) ? { ...resource, body: change(resource.body) } : resource,
    )
    this.world = { ...this.world, resources }
  }

  body(ref: Ref): JsonObject | undefined {
    return this.world.resources.find((resource) => keyOf(resource.ref) === keyOf(ref))?.body
  }

  private turn(): ReturnType<typeof makePlan> {
    const { memory } = this
    // A GET of what the lists do not show finds nothing here, unless lists and GETs fail alike.
    const unlisted = this.world.complete ? unlistedIn(this.world.resources, memory) : []
    const absent = new Set(unlisted.map(keyOf))
    return makePlan({ ...this.input, world: { ...this.world, absent }, memory, now: this.now })
  }
}

function inputOf(desired: readonly Desired[], revision: string): Turns['input'] {
  return {
    application: 'app',
    sync: SYNC,
    desired,
    revision,
    bases: new Map([[revision, desired]]),
    lately: new Map(),
    freezes: [],
    answers: NO_ANSWERS,
    intents: [],
    pollMs: 5000,
  }
}

/** `operation kind/name` of each action, as one readable line. */
export function story(actions: readonly Action[]): readonly string[] {
  return actions.map(({ operation, ref }) => `${operation} ${ref.name}`)
}

/** The normal form of what is live, for comparing worlds. */
export function essence({ resources }: World): JsonObject {
  const pairs = resources.map(({ ref, body }): [string, JsonObject] => [
    keyOf(ref),
    KINDS[ref.kind].normalise(body),
  ])
  return Object.fromEntries(pairs.sort(([a], [b]) => (a < b ? -1 : 1)))
}
