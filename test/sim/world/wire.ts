import { posix } from 'node:path'
import { onceByText } from '../../../src/core/model/values/once.ts'
import type { OpenSandbox, SandboxRequest, SandboxResponse } from '../../../src/sandbox/index.ts'
import type { TraceEvent } from '../trace.ts'
import { type Metrics, seriesAnswer } from './metrics.ts'
import type { CallFault } from './scenario.ts'
import { type Aimed, canStrike, type Fate, isList, strike } from './strikes.ts'

/** The process at one end of the wire. */
export interface Caller {
  readonly controller: string
  readonly application: string
  tick(): number
  isDead(): boolean
  die(): void
}

/** The way from controllers to everything outside: one call at a time, in the order in which they are made. */
export interface Wire {
  handle(caller: Caller, request: SandboxRequest): Promise<SandboxResponse>
  arm(fault: CallFault): void
  /** A fault still waits for its call. */
  isArmed(): boolean
  /** No more faults of calls. */
  disarm(): void
  /** Calls made so far, of all processes. */
  count(): number
  /** Each call takes so long; undefined = as usual. */
  setLatency(ms: number | undefined): void
}

export interface WireOptions {
  readonly sandbox: OpenSandbox
  readonly metrics: Metrics
  now(): number
  wait(ms: number): void
  /** What is due by now happens before the call goes out. */
  beforeCall(): void
  /** Azure was written to. */
  changed(): void
  emit(event: TraceEvent): void
  /** What strikes a call that no fault of the scenario does; `answered` lets Azure answer it first, where it is a read. */
  strikeAt?(call: Aimed, answered: Answered): Promise<CallFault | undefined>
  /** A fault of the scenario strikes the call. */
  onStruck?(call: Aimed): void
}

export type Answered = () => Promise<SandboxResponse>

interface Armed {
  readonly fault: CallFault
  skip: number
  left: number
}

const VERSIONS_KEPT = 6
/** A late answer is what was there some minutes ago, and not what was there before that. */
const LAG_MS = 5 * 60_000
const LATENCY_MS = 50

export function createWire(options: WireOptions): Wire {
  const { sandbox, emit } = options
  const versions = new Map<
    string,
    { readonly answer: SandboxResponse; readonly seenAt: number }[]
  >()
  const told = new WeakMap<Caller, Set<string>>()
  let armed: Armed[] = []
  let latencyMs = LATENCY_MS
  let count = 0
  let last: Promise<unknown> = Promise.resolve()

  function strikes(call: Aimed): CallFault | undefined {
    for (const one of armed) {
      if (!isAimedAt(one.fault, call) || !canStrike(one.fault.is, call)) continue
      if (one.skip > 0) {
        one.skip -= 1
        continue
      }
      one.left -= 1
      if (one.left <= 0) armed = armed.filter((other) => other !== one)
      return one.fault
    }
    return undefined
  }

  function remember(url: string, answer: SandboxResponse): void {
    const kept = versions.get(url) ?? []
    if (kept.at(-1)?.answer.body === answer.body) kept.pop()
    kept.push({ answer, seenAt: options.now() })
    if (kept.length > VERSIONS_KEPT) kept.shift()
    versions.set(url, kept)
  }

  /** What a late answer may say. What a process asks by name for the first time is answered truly (docs/decisions.md). */
  function earlierFor(caller: Caller, url: string, at: number): SandboxResponse[] {
    if (!isList(url) && !knows(told.get(caller), url)) return []
    return (versions.get(url) ?? []).flatMap(({ seenAt, answer }) =>
      seenAt < at - LAG_MS ? [] : [answer],
    )
  }

  function learn(
    caller: Caller,
    url: string,
    truth: SandboxResponse | undefined,
    fate: Fate,
  ): void {
    if (fate.is !== 'answer' || fate.answer !== truth) return
    const known = told.get(caller) ?? new Set()
    told.set(caller, known.add(addressOf(url).pathname))
  }

  async function carried(call: Aimed): Promise<SandboxResponse> {
    const { request } = call
    if (call.type === 'series') return seriesAnswer(sandbox, options.metrics, request)
    const answer = await sandbox.handle(request)
    if (call.method === 'GET') remember(request.url, answer)
    return answer
  }

  async function made(caller: Caller, request: SandboxRequest): Promise<Fate> {
    if (caller.isDead()) return { is: 'silence' }
    options.wait(latencyMs)
    options.beforeCall()
    if (caller.isDead()) return { is: 'silence' }
    count += 1
    const { method, url } = request
    const { controller } = caller
    const at = options.now()
    const tick = caller.tick()
    const call = { controller, at, tick, method, type: addressOf(url).type, request }
    const before = earlierFor(caller, url, at)
    let answer: SandboxResponse | undefined
    const answered = async (): Promise<SandboxResponse> => {
      answer ??= await carried(call)
      return answer
    }
    const own = strikes(call)
    if (own !== undefined) options.onStruck?.(call)
    const fault = own ?? (await options.strikeAt?.(call, answered))
    let done: SandboxResponse | undefined
    const hands = {
      sandbox,
      wait: options.wait,
      die: caller.die,
      earlier: () => before,
      carry: async () => {
        done = await answered()
        return done
      },
    }
    const fate: Fate =
      fault === undefined
        ? { is: 'answer', answer: await hands.carry() }
        : await strike(fault, hands)
    learn(caller, url, done, fate)
    emit(createCall({ at, caller, call, done, fate, fault }))
    if (done !== undefined && isWrite(call)) options.changed()
    return fate
  }

  return {
    async handle(caller, request) {
      const turn = last.then(() => made(caller, request))
      last = turn.catch(() => undefined)
      const fate = await turn
      if (fate.is === 'answer') return fate.answer
      if (fate.is === 'silence') return new Promise<never>(() => {})
      throw Object.assign(new Error(fate.code), { code: 'ECONNRESET' })
    },
    arm(fault) {
      armed.push({ fault, skip: fault.skip ?? 0, left: fault.times ?? 1 })
    },
    isArmed: () => armed.length > 0,
    disarm() {
      armed = []
      latencyMs = LATENCY_MS
    },
    count: () => count,
    setLatency(ms = LATENCY_MS) {
      latencyMs = ms
    },
  }
}

/** Whether the process was told the truth of it since it started, by name or by list. */
function knows(told: ReadonlySet<string> | undefined, url: string): boolean {
  const { pathname } = addressOf(url)
  return told?.has(pathname) === true || told?.has(posix.dirname(pathname)) === true
}

function isAimedAt({ on, controller }: CallFault, call: Aimed): boolean {
  if (controller !== undefined && controller !== call.controller) return false
  if (on === undefined) return true
  const [method, type] = on.split(' ')
  return (method === '*' || method === call.method) && (type === undefined || type === call.type)
}

function isWrite({ method, type }: Aimed): boolean {
  return type !== 'blob' && ['PUT', 'PATCH', 'DELETE'].includes(method)
}

interface Address {
  readonly pathname: string
  readonly type: string
}

const addressOf = onceByText(2000, (text): Address => {
  const url = new URL(text)
  return { pathname: url.pathname, type: typeOf(url) }
})

/** The path below the workspace without names; other services by a word. */
function typeOf({ host, pathname }: URL): string {
  if (pathname === '/sandbox/series') return 'series'
  if (host.includes('.blob.')) return 'blob'
  if (host.includes('.inference.')) return 'score'
  if (host.endsWith('.api.azureml.ms')) return 'regional'
  const below = /\/workspaces\/[^/]+\/(.+)$/.exec(pathname)?.[1]
  if (below === undefined) return /\/workspaces\/[^/]+$/.test(pathname) ? 'workspace' : 'locations'
  return below
    .split('/')
    .filter((_, at) => at % 2 === 0)
    .join('/')
}

interface Told {
  readonly at: number
  readonly caller: Caller
  readonly call: Aimed
  readonly done: SandboxResponse | undefined
  readonly fate: Fate
  readonly fault: CallFault | undefined
}

/** The call as the trace has it; bodies are read when somebody looks at them. */
function createCall({ at, caller, call, done, fate, fault }: Told): TraceEvent {
  const seen = fate.is === 'answer' ? fate.answer : undefined
  const { body = '' } = call.request
  return {
    type: 'call',
    at,
    controller: caller.controller,
    application: caller.application,
    tick: caller.tick(),
    method: call.method,
    path: addressOf(call.request.url).pathname,
    ...(fault === undefined ? {} : { fault: fault.is }),
    ...(done === undefined ? {} : { status: done.status }),
    ...(seen === undefined ? {} : { seenStatus: seen.status }),
    get requestBody() {
      return body.length === 0 ? undefined : parsed(Buffer.from(body).toString('utf8'))
    },
    get responseBody() {
      return done === undefined ? undefined : parsed(done.body)
    },
    get seenBody() {
      return seen === undefined ? undefined : parsed(seen.body)
    },
  }
}

const TEXTS_MAX = 2000
/** The same text is the same value: most reads are answered as the one before. */
const values = new Map<string, unknown>()

function parsed(text: string): unknown {
  if (text === '') return undefined
  if (values.has(text)) return values.get(text)
  if (values.size >= TEXTS_MAX) values.clear()
  const value = contentOf(text)
  values.set(text, value)
  return value
}

function contentOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
