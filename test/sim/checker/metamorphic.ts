import type { TraceEvent, WorldState } from '../trace.ts'
import { type CallEvent, isAccepted, isWrite } from './call.ts'
import { leavesIn } from './leaves.ts'
import { targetOf, treeOf } from './target.ts'
import { weightsIn, weightsOf } from './world.ts'

type Trace = readonly TraceEvent[]

/** What two runs must have in common, which differ in one thing that must not matter. */
export interface Relation {
  readonly id: string
  readonly title: string
  /** How they differ where they must not; `renamed` says how names of the one are spelled in the other. */
  compare(left: Trace, right: Trace, renamed?: readonly [string, string]): readonly string[]
}

export const RELATIONS: readonly Relation[] = [
  {
    id: 'M1',
    title: 'Order of files and keys, comments and line ends change no write',
    compare: (left, right) => sameSequence(writesOf(left), writesOf(right)),
  },
  {
    id: 'M2',
    title: 'From A to C one comes to the same as by way of B',
    compare: (left, right) => sameEnd(left, right),
  },
  {
    id: 'M3',
    title:
      'A run with faults ends like one without, with the same creates, deletes and moves of traffic',
    compare: (left, right) => [...sameEnd(left, right), ...sameCounts(left, right, 0)],
  },
  {
    id: 'M4',
    title: 'Notices that come twice, late or never change nothing but when',
    compare: (left, right) => [
      ...sameEnd(left, right),
      ...sameSequence(writesOf(left), writesOf(right)),
    ],
  },
  {
    id: 'M5',
    title: 'Two controllers write what one writes',
    compare: (left, right) => sameSequence(sorted(writesOf(left)), sorted(writesOf(right))),
  },
  {
    id: 'M6',
    title: 'Operations that take ten times as long change no write',
    compare: (left, right) => sameSequence(writesOf(left), writesOf(right)),
  },
  {
    id: 'M7',
    title: 'An endpoint that is renamed changes its own writes only',
    compare: sameButRenamed,
  },
  {
    id: 'M8',
    title: 'A disk that is wiped between two ticks changes no write',
    compare: (left, right) => sameSequence(writesOf(left), writesOf(right)),
  },
  {
    id: 'L5',
    title: 'An endpoint that is poisoned keeps no other one waiting',
    compare: (left, right, [poisoned] = ['', '']) => sameSpeed(left, right, poisoned),
  },
  {
    id: 'L6',
    title: 'A crash at any point ends like none, with at most one write more',
    compare: (left, right) => [...sameEnd(left, right), ...sameCounts(left, right, 1)],
  },
]

/** Writes that were taken, without what tells the time: a record in a tag holds when it was written. */
function writesOf(trace: Trace): readonly string[] {
  return trace.flatMap((event) => {
    if (event.type !== 'call') return []
    const call = { ...event, target: targetOf(event.path) }
    if (!isWrite(call) || !isAccepted(call)) return []
    return [`${event.method} ${call.target.key} ${timeless(event.requestBody)}`]
  })
}

/** Our own tags hold times and commits; what Azure gives out, and we send back, is another in every run. */
const OF_THE_RUN =
  /^(\/properties)?\/tags\/verdigris[.]|^\/systemData\/|^\/identity\/principalId$|\/AzureAsyncOperationUri$/

function timeless(body: unknown): string {
  const leaves = [...leavesIn(body)].filter(([pointer]) => !OF_THE_RUN.test(pointer))
  return JSON.stringify(leaves.sort())
}

function sorted(texts: readonly string[]): readonly string[] {
  return [...texts].sort()
}

function sameSequence(left: readonly string[], right: readonly string[]): readonly string[] {
  const place = left.findIndex((text, index) => text !== right[index])
  const at = place < 0 && right.length > left.length ? left.length : place
  if (at < 0) return []
  return [
    `write ${at + 1} of ${left.length} and ${right.length}: ${left[at] ?? 'none'}, and ${right[at] ?? 'none'}`,
  ]
}

function sameEnd(left: Trace, right: Trace): readonly string[] {
  const [first, second] = [endOf(left), endOf(right)]
  return sameSequence(first, second).map((difference) => `the end: ${difference}`)
}

/** Who serves with which model and how many instances, by endpoint: names of slots may differ. */
function endOf(trace: Trace): readonly string[] {
  const last = trace.findLast((event) => event.type === 'state')
  if (last?.type !== 'state') return []
  const { state } = last
  return Object.entries(state.endpoints)
    .map(([name, endpoint]) => `${name} ${endpoint.provisioningState} ${servedBy(state, name)}`)
    .sort()
}

function servedBy(state: WorldState, endpoint: string): string {
  const shares = Object.entries(weightsOf(state.endpoints[endpoint])).map(([name, weight]) => {
    const found = state.deployments[`${endpoint}/${name}`]
    return `${weight} % ${found?.model} x${found?.instances} ${found?.provisioningState}`
  })
  return shares.sort().join(', ')
}

/** How often each thing was made, deleted, or had its traffic moved. */
function countsOf(trace: Trace): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  const shares = new Map<string, string>()
  for (const event of trace) {
    const what = event.type === 'call' ? doneBy(event, shares) : undefined
    if (what !== undefined) counts.set(what, (counts.get(what) ?? 0) + 1)
  }
  return counts
}

function doneBy(event: CallEvent, shares: Map<string, string>): string | undefined {
  const target = targetOf(event.path)
  const { method, requestBody, status } = event
  if (!isWrite({ method, target }) || !isAccepted(event)) return undefined
  if (method === 'DELETE') return `DELETE ${target.key}`
  if (status === 201) return `CREATE ${target.key}`
  if (target.kind !== 'endpoint') return undefined
  const text = JSON.stringify(
    Object.entries(weightsIn(requestBody, target.route ?? 'online')).sort(),
  )
  const isMoved = shares.get(target.key) !== text
  shares.set(target.key, text)
  return isMoved ? `TRAFFIC ${target.key}` : undefined
}

function sameCounts(left: Trace, right: Trace, slack: number): readonly string[] {
  const [first, second] = [countsOf(left), countsOf(right)]
  const keys = new Set([...first.keys(), ...second.keys()])
  return [...keys].flatMap((key) => {
    const [one = 0, other = 0] = [first.get(key), second.get(key)]
    return Math.abs(one - other) <= slack ? [] : [`${key}: ${one} times, and ${other} times`]
  })
}

function sameButRenamed(
  left: Trace,
  right: Trace,
  renamed: readonly [string, string] = ['', ''],
): readonly string[] {
  const others = (trace: Trace, name: string) =>
    sorted(writesOf(trace).filter((text) => !text.split(' ')[1]?.split('/').includes(name)))
  return sameSequence(others(left, renamed[0]), others(right, renamed[1]))
}

/** The first one is clean: in the second, other endpoints are done as soon, but for a twentieth and a look. */
const SLOWER = 1.05
const LOOK_MS = 60_000

function sameSpeed(clean: Trace, poisoned: Trace, name: string): readonly string[] {
  const [first, second] = [doneAt(clean), doneAt(poisoned)]
  return [...first].flatMap(([tree, ms]) => {
    if (tree.split('/')[1] === name) return []
    const other = second.get(tree)
    if (other === undefined) return [`${tree}: nothing was written`]
    return other <= ms * SLOWER + LOOK_MS
      ? []
      : [`${tree}: done after ${ms} ms, and after ${other} ms`]
  })
}

/** How long after the beginning each endpoint had its last write. */
function doneAt(trace: Trace): ReadonlyMap<string, number> {
  const start = trace[0]?.at ?? 0
  const done = new Map<string, number>()
  for (const event of trace) {
    if (event.type !== 'call') continue
    const call = { ...event, target: targetOf(event.path) }
    const tree = treeOf(call.target)
    if (tree !== undefined && isWrite(call) && isAccepted(call)) done.set(tree, event.at - start)
  }
  return done
}
