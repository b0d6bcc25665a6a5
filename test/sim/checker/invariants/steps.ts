import type { TraceEvent } from '../../trace.ts'
import { type Road, roadOf } from '../git.ts'
import type { History } from '../history.ts'
import { type Invariant, NOTHING } from '../invariant.ts'
import type { Climb } from '../lineage.ts'
import { isPromotion, risesOf, type Shift, saidSince, shiftIn } from '../shift.ts'
import { deploymentIn } from '../world.ts'
import { staleWords } from './words.ts'

/** S6, S25, S31: a candidate's weight rises step by step, and every wait on the way is waited for. */
export const STEPS: readonly Invariant[] = [
  {
    id: 'S6',
    title: 'A candidate’s weight rises only to the next declared step, after the waits before it',
    observe: (history, event) => [
      ...skippedSteps(history, event),
      ...shortened(history, event, 'S6'),
    ],
  },
  {
    id: 'S25',
    title: 'A restart shortens no wait',
    observe: (history, event) => shortened(history, event, 'S25'),
  },
  {
    id: 'S31',
    title: 'A jump of a clock shortens no wait, and a word moves what it was said of, in its time',
    observe: (history, event) => [
      ...shortened(history, event, 'S31'),
      ...staleWords(history, event),
    ],
  },
]

/** Clocks may run 1 % fast, and a tick may begin before the state is told. */
const TOLERANCE = 0.97

/** A candidate's next weight, its place on one of the roads it may be on, and how far it has come. */
interface Rise {
  readonly shift: Shift
  readonly weight: number
  readonly roads: readonly Road[]
  readonly climb: Climb | undefined
}

function riseIn(history: History, event: TraceEvent): Rise | undefined {
  const shift = shiftIn(history, event)
  if (shift === undefined) return undefined
  const { recordAfter, endpoint, call, after } = shift
  if (recordAfter?.phase !== 'progressing' && recordAfter?.phase !== 'baking') return undefined
  const { candidate } = recordAfter
  if (candidate === undefined) return undefined
  if (!risesOf(shift).includes(candidate.slot)) return undefined
  const { proven, climb } = history.lineages.of(endpoint)
  if (proven.has(candidate.rev) || isStableGone(history, shift)) return undefined
  const roads = roadsOf(history, call.application, endpoint)
  if (roads.length === 0) return undefined
  const key = `${candidate.rev}|${recordAfter.beganMs}`
  return {
    shift,
    weight: after[candidate.slot] ?? 0,
    roads,
    climb: climb?.key === key ? climb : undefined,
  }
}

/** Where what was stable answers nobody, no step is better than all that is left. */
export function isStableDown({ recordBefore, during, endpoint }: Shift): boolean {
  const slot = recordBefore?.stable.slot
  if (slot === undefined) return false
  return during.some((state) => deploymentIn(state, endpoint, slot)?.isServing !== true)
}

/** It is down, or a GET said that it is not there: a late one may. */
export function isStableGone(history: History, shift: Shift): boolean {
  const { recordBefore, endpoint, call } = shift
  const slot = recordBefore?.stable.slot
  const view = slot && history.viewOf(call.controller, `online/${endpoint}/${slot}`)
  return isStableDown(shift) || (typeof view === 'object' && view.is === 'gone')
}

function roadsOf(history: History, application: string, endpoint: string): readonly Road[] {
  return history.commitsInForce(application).flatMap((commit) => roadOf(commit, endpoint) ?? [])
}

/** Index of the highest weight of the road that the candidate had already; −1 = none. */
function placeOn(road: Road, climb: Climb | undefined): number {
  return road.weights.findLastIndex((weight) => climb?.reached.has(weight) === true)
}

function skippedSteps(history: History, event: TraceEvent): readonly string[] {
  const rise = riseIn(history, event)
  if (rise === undefined) return NOTHING
  const { roads, weight, climb, shift } = rise
  const isNext = roads.some((road) =>
    road.weights.slice(0, placeOn(road, climb) + 2).includes(weight),
  )
  if (isNext) return NOTHING
  const ways = roads.map((road) => `${road.weights[placeOn(road, climb) + 1]} %`)
  return [`${shift.endpoint} goes to ${weight} %; next would be ${[...new Set(ways)].join(' or ')}`]
}

/** A wait that was left too soon is the fault of what happened during it: a clock that jumped, a restart, or nothing. */
export function shortened(history: History, event: TraceEvent, id: string): readonly string[] {
  const early = [...earlyRise(history, event), ...earlyPromotion(history, event)]
  return early
    .filter(({ since, isUnseen }) => (isUnseen ? 'S26' : causeOf(history, since)) === id)
    .map(({ message }) => message)
}

interface Early {
  readonly since: number
  readonly message: string
  /** A list had left out the stable deployment. */
  readonly isUnseen?: boolean
}

function causeOf(history: History, since: number): 'S6' | 'S25' | 'S31' {
  if (history.faults.some(({ at, name }) => at >= since - 60_000 && /clock/i.test(name)))
    return 'S31'
  return history.restarts.some(({ at }) => at >= since) ? 'S25' : 'S6'
}

function earlyRise(history: History, event: TraceEvent): readonly Early[] {
  const rise = riseIn(history, event)
  if (rise === undefined) return []
  const { roads, weight, climb, shift } = rise
  const found = roads.map((road) => {
    const place = placeOn(road, climb)
    if (road.weights[place + 1] !== weight || climb?.reached.has(weight) === true) return undefined
    return place < 0 ? unasked(history, road, shift) : tooSoon(history, road, place, rise)
  })
  return found.every((one) => one !== undefined) ? (found.slice(0, 1) as Early[]) : []
}

/** Nobody said promote where the road waits for it before the first weight. */
function unasked(history: History, road: Road, shift: Shift): Early | undefined {
  if (!road.waitsFirst) return undefined
  const since = history.newest(shift.call.application)?.at ?? 0
  if (saidSince(history, 'promote', shift.endpoint, 0)) return undefined
  return { since, message: `${shift.endpoint} begins, and nobody said promote` }
}

function tooSoon(
  history: History,
  road: Road,
  place: number,
  { climb, shift, weight }: Rise,
): Early | undefined {
  const since = climb?.reached.get(road.weights[place] ?? 0)
  if (climb === undefined || since === undefined) return undefined
  const waits = road.waits[place] ?? []
  const short = shortOf(history, { waits, since, shift, climb })
  if (short === undefined) return undefined
  return { since, message: `${shift.endpoint} goes on to ${weight} % ${short}` }
}

/** What is missing of the waits behind a weight; undefined when nothing is, or somebody ended them. */
function shortOf(
  history: History,
  about: {
    readonly waits: readonly (number | undefined)[]
    readonly since: number
    readonly shift: Shift
    readonly climb: Climb
  },
): string | undefined {
  const { waits, since, shift, climb } = about
  if (saidSince(history, 'promote', shift.endpoint, climb.startedAt)) return undefined
  if (waits.includes(undefined)) return 'and nobody said promote'
  const asked = waits.reduce<number>((sum, ms) => sum + (ms ?? 0), 0)
  const waited = shift.call.at - since
  if (waited >= asked * TOLERANCE) return undefined
  return `after ${Math.round(waited / 1000)} of ${asked / 1000} s`
}

function earlyPromotion(history: History, event: TraceEvent): readonly Early[] {
  const shift = shiftIn(history, event)
  if (shift === undefined || !isPromotion(shift) || isStableDown(shift)) return []
  const { climb } = history.lineages.of(shift.endpoint)
  const roads = roadsOf(history, shift.call.application, shift.endpoint)
  if (climb === undefined || roads.length === 0) return []
  const since = climb.reached.get(100) ?? shift.call.at
  const old = `${shift.route}/${shift.endpoint}/${shift.recordBefore?.stable.slot}`
  const isUnseen = history.viewOf(shift.call.controller, old)?.is === 'listedOut'
  const found = roads.map((road) => {
    const short = shortOf(history, { waits: road.waits.at(-1) ?? [], since, shift, climb })
    return short === undefined
      ? undefined
      : { since, isUnseen, message: `${shift.endpoint} ends its bake ${short}` }
  })
  return found.every((one) => one !== undefined) ? (found.slice(0, 1) as Early[]) : []
}
