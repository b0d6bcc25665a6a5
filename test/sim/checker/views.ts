import { isObject } from '../../../src/core/model/values/json.ts'
import type { TraceEvent } from '../trace.ts'
import type { Target } from './target.ts'

/** What a controller last saw of a resource. `listedOut`: a list left out what is really there. */
export interface View {
  readonly seq: number
  readonly at: number
  readonly how: 'get' | 'list'
  readonly is: 'there' | 'gone' | 'listedOut'
  readonly body?: unknown
  /** What was shown is not what was true at that moment. */
  readonly isFalse: boolean
  /** A list that would have shown it again has failed since. */
  readonly isOutdated?: true
}

type Look = Extract<TraceEvent, { readonly type: 'call' }> & {
  readonly seq: number
  readonly target: Target
}

/** What each controller could know of each resource, from the answers that it got. */
export class Views {
  private readonly all = new Map<string, Map<string, View>>()

  of(controller: string, key: string): View | undefined {
    return this.all.get(controller)?.get(key)
  }

  forget(controller: string): void {
    this.all.delete(controller)
  }

  absorb(look: Look): void {
    const known = this.all.get(look.controller) ?? new Map<string, View>()
    this.all.set(look.controller, known)
    if (look.target.isList && look.seenStatus !== 200) outdate(known, look.target)
    if (look.seenStatus === undefined) return
    const isFalse = look.seenStatus !== look.status || !isSame(look.seenBody, look.responseBody)
    if (look.target.isList) noteList(known, look, isFalse)
    else noteGet(known, look, isFalse)
  }
}

function noteGet(known: Map<string, View>, look: Look, isFalse: boolean): void {
  const { target, seq, at, seenStatus, seenBody } = look
  const base = { seq, at, how: 'get', isFalse } as const
  if (seenStatus === 404) known.set(target.key, { ...base, is: 'gone' })
  if (seenStatus === 200) known.set(target.key, { ...base, is: 'there', body: seenBody })
}

function noteList(known: Map<string, View>, look: Look, isFalse: boolean): void {
  const { target, seq, at, seenStatus, seenBody, responseBody } = look
  if (seenStatus !== 200) return
  const base = { seq, at, how: 'list' } as const
  const shown = itemsIn(seenBody)
  for (const [name, body] of shown)
    known.set(`${target.key}/${name}`, { ...base, is: 'there', body, isFalse })
  for (const name of itemsIn(responseBody).keys())
    if (!shown.has(name))
      known.set(`${target.key}/${name}`, { ...base, is: 'listedOut', isFalse: true })
}

function outdate(known: Map<string, View>, { key }: Target): void {
  for (const [name, view] of known)
    if (name.startsWith(`${key}/`)) known.set(name, { ...view, isOutdated: true })
}

function itemsIn(body: unknown): ReadonlyMap<string, unknown> {
  const { value } = isObject(body) ? body : {}
  if (!Array.isArray(value)) return new Map()
  return new Map(
    value.flatMap((item) =>
      isObject(item) && typeof item.name === 'string' ? [[item.name.toLowerCase(), item]] : [],
    ),
  )
}

function isSame(left: unknown, right: unknown): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right)
}
