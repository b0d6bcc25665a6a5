import { createHash } from 'node:crypto'
import { check } from './checking.ts'
import { PASSING } from './mix.ts'
import type { Violation } from './trace.ts'
import { START_MS } from './world/azure.ts'
import type { CallFault, CallFaultName, Scenario } from './world/scenario.ts'
import { type Aimed, CALL_FAULTS, canStrike, isList, isOfLists } from './world/strikes.ts'
import type { Answered } from './world/wire.ts'

/**
 * A call of a run at which something can go wrong. Calls with the same key ask the same after the same write, and are answered
 * alike but for dates and Azure's ids: the first stands for all of them.
 */
export interface Boundary {
  readonly key: string
  /** The beginning of the key: what is asked, whatever the answer. */
  readonly asked: string
  readonly call: Aimed
  /** How a fault of each name aims at it, in a run that is the same until then. */
  readonly aim: (is: CallFaultName) => Pick<CallFault, 'on' | 'skip'>
}

export interface Explored {
  /** All calls of the run. */
  readonly calls: number
  readonly boundaries: readonly Boundary[]
  /** What the run violates without any fault. */
  readonly violations: readonly Violation[]
}

/** The boundaries of a scenario's run. */
export async function explore(scenario: Scenario): Promise<Explored> {
  const boundaries = new Map<string, Boundary>()
  const keys = createKeys()
  const aims = createAims()
  const strikeAt = async (call: Aimed, answered: Answered): Promise<undefined> => {
    const key = await keys.of(call, answered)
    if (!boundaries.has(key))
      boundaries.set(key, { key, asked: keys.asked(call), call, aim: aims.at(call) })
    keys.passed(call)
    aims.passed(call)
  }
  const { violations, calls } = await check(scenario, { strikeAt, onStruck: aims.passed })
  return { calls, boundaries: [...boundaries.values()], violations }
}

/**
 * The keys of a scenario's first tick: before it nothing lies but the workspace as it is found, whatever the story will be, so a call
 * with the same key is the same call in every workload.
 */
export async function firstKeys(scenario: Scenario): Promise<readonly string[]> {
  const { boundaries } = await explore(scenario)
  const { events } = scenario
  const othersAt = START_MS + Math.min(...events.filter(({ at }) => at > 0).map(({ at }) => at))
  return boundaries
    .filter(({ call }) => call.tick === 1 && call.at < othersAt)
    .map(({ key }) => key)
}

/** Names calls; every call is told when it has passed. */
export function createKeys() {
  let written = ''
  const asked = ({ controller, method, request }: Aimed): string =>
    `${written} ${controller} ${method} ${new URL(request.url).pathname}`
  const sent = ({ request }: Aimed): string =>
    hashOf(timeless(Buffer.from(request.body ?? '').toString('utf8')))
  return {
    asked,
    async of(call: Aimed, answered: Answered): Promise<string> {
      if (call.method !== 'GET') return `${asked(call)} ${sent(call)}`
      // Metrics grow with every request: what they say is no difference.
      if (call.type === 'series') return asked(call)
      const { status, body } = await answered()
      return `${asked(call)} ${status} ${status < 400 ? hashOf(timeless(body)) : ''}`
    },
    passed(call: Aimed): void {
      if (call.method === 'GET' || call.type === 'score') return
      written = hashOf(`${call.method} ${new URL(call.request.url).pathname} ${sent(call)}`)
    },
  }
}

/** Counts the calls that passed, as faults with `skip` do: those that a fault of the scenario struck, too. */
export function createAims() {
  const counts = new Map<string, number>()
  const add = (key: string): void => {
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return {
    passed(call: Aimed): void {
      const on = `${call.method} ${call.type}`
      add(on)
      if (isList(call.request.url)) add(`list ${on}`)
    },
    at(call: Aimed): Boundary['aim'] {
      const on = `${call.method} ${call.type}`
      const all = counts.get(on) ?? 0
      const lists = counts.get(`list ${on}`) ?? 0
      return (is) => {
        const skip = isOfLists(is) ? lists : all
        return { on, ...(skip === 0 ? {} : { skip }) }
      }
    },
  }
}

function hashOf(text: string): string {
  return createHash('sha1').update(text).digest('base64url')
}

/** Without dates and ids of Azure's own, the dates of a rollout's record included. */
function timeless(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)/g, '')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g, '')
    .replace(/;[tfbudwh]=[0-9a-z]+/g, '')
    .replace(/"verdigris\.generation":"[0-9a-f]+"/g, '')
}

const WITH: Partial<Record<CallFaultName, readonly (string | number)[]>> = {
  stale: [1, 3],
  omits: [0, 1],
  fails: [...PASSING, 'OutOfQuota', 'ImageBuildFailure', 'ResourceNotReady', 'BadArgument'],
}

/** A fault with what it is further made of, wherever it strikes. */
export type Sort = Pick<CallFault, 'is' | 'with'>

/** Every fault that can strike at a boundary, with each of its sorts. */
export function faultsAt({ call }: Boundary): readonly Sort[] {
  return CALL_FAULTS.filter((is) => canStrike(is, call)).flatMap((is): readonly Sort[] =>
    (WITH[is] ?? [undefined]).map((further) =>
      further === undefined ? { is } : { is, with: further },
    ),
  )
}
