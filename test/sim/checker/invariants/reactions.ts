import type { TraceEvent } from '../../trace.ts'
import type { CallEvent } from '../call.ts'
import { roadOf } from '../git.ts'
import type { History } from '../history.ts'
import { type Invariant, NOTHING, writeIn } from '../invariant.ts'
import { REACTION_TIMES } from '../reaction-times.ts'
import {
  deploymentIn,
  endpointIn,
  isTreeBusy,
  recordIn,
  recordOfEndpoint,
  tagsIn,
  weightsIn,
  weightsOf,
} from '../world.ts'

/** S27, S28, L10: what has to go on while users are on something that is not proven. */
export const REACTIONS: readonly Invariant[] = [
  {
    id: 'S27',
    title: 'A write that takes traffic from a revision is repeated until the weights are seen',
    observe: takenBackUntilSeen,
  },
  {
    id: 'S28',
    title: 'While users are on a candidate it is measured',
    observe: (history, event) => unmeasured(history, event, 'S28'),
  },
  {
    id: 'L10',
    title: 'A restart with Git out of reach goes on measuring',
    observe: (history, event) => unmeasured(history, event, 'L10'),
  },
]

interface Pending {
  readonly slot: string
  readonly stable: string
  readonly triedAt: number
}

function takenBackUntilSeen(history: History, event: TraceEvent): readonly string[] {
  const pending = history.memo('S27', () => new Map<string, Pending>())
  const call = writeIn(history, event)
  if (call?.method === 'PUT' && call.target.kind === 'endpoint') {
    const { endpoint = '', route = 'online' } = call.target
    const record = recordIn(tagsIn(call.requestBody), route, endpoint)
    const before = recordOfEndpoint(history.state, endpoint)
    const slot = record?.candidate?.slot ?? before?.candidate?.slot
    const isBack = record?.phase === 'aborted' || record?.phase === 'stable'
    const isAway = slot !== undefined && (weightsIn(call.requestBody, route)[slot] ?? 0) === 0
    if (record !== undefined && isBack && isAway)
      pending.set(endpoint, {
        ...{ slot, stable: record.stable.slot },
        triedAt: history.able.at(endpoint, 'judging'),
      })
    else pending.delete(endpoint)
    return NOTHING
  }
  if (event.type !== 'plan') return NOTHING
  return [...pending].flatMap(([endpoint, one]) => overdue(history, endpoint, one, pending))
}

function overdue(
  history: History,
  endpoint: string,
  { slot, stable, triedAt }: Pending,
  pending: Map<string, Pending>,
): readonly string[] {
  const weight = weightsOf(endpointIn(history.state, endpoint))[slot] ?? 0
  if (weight === 0) {
    if (!isTreeBusy(history.state, endpoint)) pending.delete(endpoint)
    return []
  }
  const now = history.able.at(endpoint, 'judging')
  if (deploymentIn(history.state, endpoint, stable)?.isServing !== true) {
    pending.set(endpoint, { slot, stable, triedAt: now })
    return []
  }
  if (now - triedAt <= REACTION_TIMES.takenBack.ms) return []
  pending.delete(endpoint)
  return [`${endpoint}: ${slot} was to have nothing and has ${weight} %; nobody writes that again`]
}

/** A question about metrics, to whatever provider; and about which endpoint, where it says so. */
export function isMeasurement({ path }: Pick<CallEvent, 'path'>): boolean {
  const known = measuring.get(path) ?? MEASURES.test(path)
  measuring.set(path, known)
  return known
}

const MEASURES = /\/sandbox\/series|\/api\/v1\/query|\/metrics\b|\/query$/i
/** Few paths are asked for, and again and again. */
const measuring = new Map<string, boolean>()

function unmeasured(history: History, event: TraceEvent, id: 'S28' | 'L10'): readonly string[] {
  const asked = history.memo(id, () => new Map<string, number>())
  if (event.type === 'call' && isMeasurement(event)) {
    const about = /[?&]endpoint=([^&]+)/i.exec(event.path)?.[1]?.toLowerCase()
    for (const endpoint of about === undefined ? asked.keys() : [about])
      asked.set(endpoint, history.able.at(endpoint, 'judging'))
    return NOTHING
  }
  if (event.type !== 'plan') return NOTHING
  return Object.keys(history.state.endpoints).flatMap((name) =>
    overdueQuestion(history, name.toLowerCase(), { id, asked, application: event.application }),
  )
}

function overdueQuestion(
  history: History,
  endpoint: string,
  about: {
    readonly id: 'S28' | 'L10'
    readonly asked: Map<string, number>
    readonly application: string
  },
): readonly string[] {
  const { id, asked, application } = about
  const now = history.able.at(endpoint, 'judging')
  if (!isToBeMeasured(history, application, endpoint)) {
    if (endpointIn(history.state, endpoint)?.tags['verdigris.application'] === application)
      asked.delete(endpoint)
    return []
  }
  const since = asked.get(endpoint)
  if (since === undefined) asked.set(endpoint, now)
  if (since === undefined || now - since <= REACTION_TIMES.judging.ms) return []
  asked.set(endpoint, now)
  if ((isBlindSinceStart(history) ? 'L10' : 'S28') !== id) return []
  return [
    `${endpoint}: users are on a candidate, and nobody has measured it for ${Math.round((now - since) / 1000)} s`,
  ]
}

/** The process was started while Git was out of reach, and Git still is, or was when it should have measured. */
function isBlindSinceStart({ faults, restarts, now }: History): boolean {
  const started = restarts.at(-1)?.at ?? 0
  return faults.some(
    ({ name, at, until = at }) =>
      /^git/i.test(name) &&
      at <= started &&
      started <= until &&
      now <= until + REACTION_TIMES.judging.ms,
  )
}

function isToBeMeasured(history: History, application: string, endpoint: string): boolean {
  const found = endpointIn(history.state, endpoint)
  if (found?.tags['verdigris.application'] !== application) return false
  const record = recordOfEndpoint(history.state, endpoint)
  const isMoving = record?.phase === 'progressing' || record?.phase === 'baking'
  const slot = record?.candidate?.slot ?? ''
  const commits = history.commitsInForce(application)
  const isJudged =
    commits.length > 0 && commits.every((commit) => roadOf(commit, endpoint)?.isJudged === true)
  return isMoving && isJudged && (weightsOf(found)[slot] ?? 0) > 0
}
