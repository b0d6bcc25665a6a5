import type { TraceEvent } from '../../trace.ts'
import type { Call } from '../call.ts'
import { declares } from '../git.ts'
import { hasLetGo, isTakenByHand } from '../handover.ts'
import type { History, PlanEvent } from '../history.ts'
import { acceptedWriteIn, type Invariant, NOTHING } from '../invariant.ts'
import { targetIn } from '../world.ts'
import { deleteIn } from './deletes.ts'

/** S15, S16: whose a thing is, and what a commit that is not understood may do. */
export const OWNERSHIP: readonly Invariant[] = [
  {
    id: 'S15',
    title: 'While Git cannot be read or understood completely, nothing is deleted',
    observe: deletesInTheDark,
  },
  {
    id: 'S16',
    title: 'What is not owned is neither written nor deleted; it is taken over on request only',
    observe: writesOfOthers,
  },
]

interface Deleted {
  readonly tick: string
  readonly keys: string[]
}

/** Deletes of a tick are held against what the tick itself says of Git. */
function deletesInTheDark(history: History, event: TraceEvent): readonly string[] {
  const held = history.memo('S15', () => new Map<string, Deleted>())
  if (event.type === 'crash') forget(held, event.controller)
  const call = deleteIn(history, event)
  if (call !== undefined && targetIn(history.state, call.target) !== undefined) {
    const id = `${call.controller}|${call.application}`
    const tick = String(call.tick)
    const known = held.get(id)
    const keys = known?.tick === tick ? known.keys : []
    held.set(id, { tick, keys: [...keys, call.target.key] })
    return brokenNow(history, call)
  }
  if (event.type !== 'plan') return NOTHING
  const id = `${event.controller}|${event.application}`
  const deleted = held.get(id)
  held.delete(id)
  const trouble = troubleOf(event)
  if (deleted === undefined || trouble === undefined) return NOTHING
  return deleted.keys.map((key) => `DELETE ${key} in a tick in which ${trouble}`)
}

/** A tick that did not end says nothing of Git, and the next one speaks of itself only. */
function forget(held: Map<string, Deleted>, controller: string): void {
  for (const id of [...held.keys()]) if (id.startsWith(`${controller}|`)) held.delete(id)
}

/** No reader of manifests is needed to see that this commit is not even YAML. */
function brokenNow(history: History, call: Call): readonly string[] {
  const then = history.newestOfAll(history.tickStart(call))
  const newest = then.find(({ application }) => application === call.application)
  if (newest?.isBroken !== true || !history.isReadBy(call, newest)) return NOTHING
  return [`DELETE ${call.target.key} while the newest commit is broken`]
}

function troubleOf({ report }: PlanEvent): string | undefined {
  const { problems, attemptedRevision, appliedRevision, conditions } = report
  const error = problems.find(({ severity }) => severity === 'error')
  if (error !== undefined) return `Git is not understood: ${error.reason}`
  if (attemptedRevision !== appliedRevision) return 'the newest commit is not in force'
  const source = conditions.find(({ type }) => type === 'SourceReady')
  return source?.status === 'False' ? `Git is out of reach: ${source.reason}` : undefined
}

function writesOfOthers(history: History, event: TraceEvent): readonly string[] {
  const owned = history.memo('S16', () => new Map<string, Set<string>>())
  if (event.type === 'state') {
    for (const [key, application] of ownersIn(event.state)) {
      const holders = owned.get(key) ?? new Set()
      owned.set(key, holders.add(application))
    }
    return NOTHING
  }
  const call = acceptedWriteIn(history, event)
  if (call === undefined || call.target.kind === 'asset') return NOTHING
  const found = history.statesDuring(call).map((state) => targetIn(state, call.target))
  if (found.some((one) => one === undefined)) return NOTHING
  const holders = found.map((one) => one?.tags[APPLICATION])
  const wasOurs = owned.get(idOf(call))?.has(call.application) === true
  if (holders.includes(call.application) || isTakenByHand(history, call)) return NOTHING
  return othersOwn(history, call, holders.at(-1), wasOurs)
}

function othersOwn(
  history: History,
  call: Call,
  holder: string | undefined,
  wasOurs: boolean,
): readonly string[] {
  const what = `${call.method} ${call.target.key}`
  if (holder !== undefined)
    return hasLetGo(history, holder, call) ? NOTHING : [`${what}: it belongs to ${holder}`]
  if (wasOurs || isAdopted(history, call)) return NOTHING
  return [`${what}: it is nobody’s, and nobody asked to adopt it`]
}

const APPLICATION = 'verdigris.application'

function ownersIn(state: Parameters<typeof targetIn>[0]): readonly (readonly [string, string])[] {
  return [...Object.entries(state.endpoints), ...Object.entries(state.deployments)].flatMap(
    ([name, { tags }]) => {
      const application = tags[APPLICATION]
      return application === undefined ? [] : [[name.toLowerCase(), application] as const]
    },
  )
}

function idOf({ target }: Call): string {
  const { endpoint = '', deployment } = target
  return deployment === undefined ? endpoint : `${endpoint}/${deployment}`
}

function isAdopted(history: History, { application, target }: Call): boolean {
  const { endpoint = '', deployment } = target
  return history.commitsInForce(application).some((commit) => {
    const said = [declares(commit, endpoint, deployment), declares(commit, endpoint)]
    return said.some((one) => String(one?.annotations['verdigris.dev/adopt']) === 'true')
  })
}
