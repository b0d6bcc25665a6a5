import type { Memory } from '../../src/core/model/memory.ts'
import { canonical, type Json } from '../../src/core/model/values/json.ts'
import { type Azure, type Deployment, type Endpoint, ended } from './azure.ts'
import type { Pending } from './controller.ts'
import { essential, outdated } from './memories.ts'
import { aged, agedMemory, type Passing } from './time.ts'

/** What one controller has in its head: ids of its memory, and of the write it has decided on (0 = none). */
export interface Mind {
  readonly memory: number
  readonly pending: number
  /** Since its reading, a write to what it rests on has ended well. */
  readonly isOvertaken: boolean
  /** Since its reading, a write to the endpoint was accepted. */
  readonly isRewritten: boolean
}

/** A process that has just begun. */
export const FRESH: Mind = { memory: 0, pending: 0, isOvertaken: false, isRewritten: false }

/** What the laws have to know of the past; no controller sees it. */
export interface Past {
  /** The endpoint has been at rest with its record and weights while a step's time passed. */
  readonly isSettled: boolean
  /** By slot: it got traffic after the last time that passed. */
  readonly hot: readonly boolean[]
  /** Models that have been the stable revision, and those that were aborted since the last commit, joined. */
  readonly proven: string
  readonly blocked: string
}

/** What may still happen that nobody wants. */
export interface Left {
  readonly hands: number
  readonly faults: number
  readonly verbs: number
  /** Operations that end badly. */
  readonly fails: number
}

/** A state of the whole: all of it small values and ids, so that equal states are equal texts. */
export interface State {
  readonly azure: number
  /** Index of the history that Git has. */
  readonly git: number
  readonly minds: readonly [Mind, Mind]
  readonly past: Past
  readonly left: Left
}

/** Values by what they are, numbered as they come. */
class Numbered<Value> {
  private readonly ids = new Map<string, number>()
  private readonly values: Value[] = []
  /** What is looked up again and again is the very same object. */
  private readonly same = new WeakMap<object, number>()

  id(value: Value): number {
    if (typeof value !== 'object' || value === null) return this.idOfText(value)
    const known = this.same.get(value)
    if (known !== undefined) return known
    const id = this.idOfText(value)
    this.same.set(value, id)
    return id
  }

  private idOfText(value: Value): number {
    const text = canonical(value as unknown as Json)
    const known = this.ids.get(text)
    if (known !== undefined) return known
    this.ids.set(text, this.values.length)
    this.values.push(value)
    return this.values.length - 1
  }

  at(id: number): Value {
    const value = this.values[id]
    if (value === undefined) throw new Error(`no value ${id}`)
    return value
  }

  get size(): number {
    return this.values.length
  }
}

/** The answer to the same question, by small numbers. */
function remembered<Value>(ask: (...ids: readonly number[]) => Value) {
  const known = new Map<string, Value>()
  return (...ids: readonly number[]): Value => {
    const key = String.fromCharCode(...ids)
    const before = known.get(key)
    if (before !== undefined) return before
    const value = ask(...ids)
    known.set(key, value)
    return value
  }
}

/** Everything that states name by number. */
export class Things {
  readonly endpoints = new Numbered<Endpoint>()
  readonly deployments = new Numbered<Deployment | null>()
  readonly memories = new Numbered<Memory>()
  readonly pendings = new Numbered<Pending | null>()
  private readonly azures = new Numbered<readonly number[]>()
  private readonly whole = new Map<number, Azure>()
  private readonly named = new WeakMap<Azure, number>()

  constructor() {
    this.pendings.id(null)
    this.memories.id({})
  }

  azureId(azure: Azure): number {
    const known = this.named.get(azure)
    if (known !== undefined) return known
    const ids = azure.deployments.map((one) => this.deployments.id(one ?? null))
    const id = this.azures.id([this.endpoints.id(azure.endpoint), ...ids])
    this.named.set(azure, id)
    return id
  }

  azure(id: number): Azure {
    const known = this.whole.get(id)
    if (known !== undefined) return known
    const [endpoint = 0, ...deployments] = this.azures.at(id)
    const azure = {
      endpoint: this.endpoints.at(endpoint),
      deployments: deployments.map((one) => this.deployments.at(one) ?? undefined),
    }
    this.whole.set(id, azure)
    return azure
  }

  readonly essential = remembered((memory = 0, azure = 0): number =>
    this.memories.id(essential(this.memories.at(memory), this.azure(azure))),
  )

  readonly outdated = remembered((memory = 0): number =>
    this.memories.id(outdated(this.memories.at(memory))),
  )

  readonly ended = {
    well: remembered((azure = 0) => ended(this.azure(azure), true)),
    badly: remembered((azure = 0) => ended(this.azure(azure), false)),
  }

  readonly later = {
    azure: this.passing((id, passing) => {
      const { endpoint, deployments } = this.azure(id)
      const older = { ...endpoint, body: aged(endpoint.body, passing) }
      return this.azureId({ endpoint: older, deployments })
    }),
    memory: this.passing((id, passing) =>
      this.memories.id(agedMemory(this.memories.at(id), passing)),
    ),
    pending: this.passing((id, passing) => {
      const pending = this.pendings.at(id)
      return pending === null
        ? 0
        : this.pendings.id(aged(pending as unknown as Json, passing) as unknown as Pending)
    }),
  }

  private passing(age: (id: number, passing: Passing) => number) {
    const ages = {
      step: remembered((id = 0) => age(id, 'step')),
      window: remembered((id = 0) => age(id, 'window')),
    }
    return (id: number, passing: Passing): number => ages[passing](id)
  }

  get sizes(): string {
    const { azures, memories, pendings, endpoints } = this
    return `${azures.size} of Azure (${endpoints.size} of the endpoint), ${memories.size} memories, ${pendings.size - 1} writes`
  }
}

/** The text of a state; the two controllers are alike, so which is which is no part of it. */
export function keyOf(state: State): string {
  const { azure, git, minds, past, left } = state
  const [one, other] = minds.map(
    ({ memory, pending, isOvertaken, isRewritten }) =>
      [memory, pending * 4 + Number(isOvertaken) * 2 + Number(isRewritten)] as const,
  ) as [readonly [number, number], readonly [number, number]]
  const isSwapped = one[0] > other[0] || (one[0] === other[0] && one[1] > other[1])
  const [first, second] = isSwapped ? [other, one] : [one, other]
  const hot = past.hot.reduce((bits, is) => bits * 2 + Number(is), Number(past.isSettled))
  const masks = maskOf(past.proven) * 16 + maskOf(past.blocked)
  const rest = ((left.hands * 4 + left.faults) * 4 + left.verbs) * 4 + left.fails
  return String.fromCharCode(azure, git, ...first, ...second, hot, masks, rest)
}

function maskOf(models: string): number {
  return [...models].reduce((mask, model) => mask | (1 << Number(model)), 0)
}
