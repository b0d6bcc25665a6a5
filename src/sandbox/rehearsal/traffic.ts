import type { EndpointView } from '../core/contract.ts'
import type { Dice } from '../scoring/simulated/play.ts'
import { createRandom, type Random } from '../scoring/simulated/random.ts'
import { createLedger, type TrafficFigures } from './ledger.ts'
import { type Route, routeThrough } from './route.ts'
import { perSecondAt, type Rate, rateOf } from './shapes.ts'
import type { Stage } from './stage.ts'

// As in core/ids.ts: looked up once.
const { min } = Math

export type { Figures, TrafficFigures } from './ledger.ts'

export interface TrafficOptions {
  readonly endpoint: string
  /** Of the instants at which requests come and of the sides they fall to. */
  readonly seed: number
  /** Requests per second, or how they change over time. */
  readonly rate: number | Rate
  /** 'poisson' (default): independent of each other; 'even': at equal distances. */
  readonly arrivals?: 'poisson' | 'even'
}

/** Users' requests to an endpoint, generated as time goes by. */
export interface Traffic {
  /** Of the whole seconds that have passed. */
  figures(): TrafficFigures
  /** No more requests from now on; the last part of a second is dropped. */
  stop(): TrafficFigures
}

/** A stretch of a second, and where requests went in it. */
interface Piece {
  readonly untilMs: number
  readonly route: Route
}

/**
 * Sets traffic going on a sandbox; throws a RangeError for a rate that is none. Each second is generated as a whole once
 * it has passed, from streams of its own, so that the same seeds give the same requests however the clock is moved.
 * Requests are counted when they come, not when they are answered, and are not limited by the instances that answer
 * them.
 */
export function createTraffic(
  sandbox: { readonly stage: Stage },
  options: TrafficOptions,
): Traffic {
  const { stage } = sandbox
  const wanted = options.endpoint.toLowerCase()
  const ledger = createLedger()
  const second = createSecond(stage.seed, options)
  let pieces: Piece[] = []
  let fromMs: number | undefined
  const routeIn = createRoutes(wanted, stage)
  const unwatch = stage.watch((views, startMs, endMs) => {
    const route = routeIn(views)
    for (let atMs = startMs; atMs < endMs; ) {
      const secondEndsMs = (Math.floor(atMs / 1000) + 1) * 1000
      const untilMs = Math.min(secondEndsMs, endMs)
      fromMs ??= atMs
      add(pieces, untilMs, route)
      atMs = untilMs
      if (untilMs < secondEndsMs) continue
      second(fromMs, pieces, (at, name, status) => ledger.add(at, name, status !== 200))
      pieces = []
      fromMs = undefined
    }
  })
  return {
    figures: ledger.read,
    stop() {
      unwatch()
      return ledger.read()
    },
  }
}

/** The way to the endpoint that is wanted: the same one as long as the views are. */
function createRoutes(
  wanted: string,
  { counters }: Stage,
): (views: readonly EndpointView[]) => Route {
  let known: { readonly views: readonly EndpointView[]; readonly route: Route } | undefined
  return (views) => {
    if (known?.views === views) return known.route
    const endpoint = views.find(({ name }) => name.toLowerCase() === wanted)
    const route = routeThrough(endpoint, counters)
    known = { views, route }
    return route
  }
}

function add(pieces: Piece[], untilMs: number, route: Route): void {
  if (pieces.at(-1)?.route === route) pieces.pop()
  pieces.push({ untilMs, route })
}

type Told = (atMs: number, deployment: string, status: number) => void

/** Generates the requests of one second, or of its rest from `fromMs` on. */
function createSecond(stageSeed: number, options: TrafficOptions) {
  const { endpoint, seed, arrivals = 'poisson' } = options
  const rate = rateOf(options.rate)
  const kept = new Map<string, Omit<Dice, 'random'>>()
  let beganAtMs: number | undefined
  /** Requests that the rate must still bring before the next one comes. */
  let due: number | undefined

  function dicesOf(atSecond: number): (deployment: string) => Dice {
    const dice = new Map<string, Dice>()
    return (deployment) => {
      const found = dice.get(deployment)
      if (found !== undefined) return found
      const text = `${stageSeed}/${endpoint}/${deployment}/${seed}/${atSecond}`.toLowerCase()
      const known = kept.get(deployment) ?? { owed: new Map(), asked: { count: 0 } }
      kept.set(deployment, known)
      const made = { random: createRandom(text), ...known }
      dice.set(deployment, made)
      return made
    }
  }

  return (fromMs: number, pieces: readonly Piece[], tell: Told): void => {
    const lengthMs = (pieces.at(-1)?.untilMs ?? fromMs) - fromMs
    beganAtMs ??= fromMs
    const atSecond = Math.floor(fromMs / 1000)
    const perMs = perSecondAt(rate, fromMs + lengthMs / 2 - beganAtMs) / 1000
    const random = createRandom(`${seed}/${endpoint}/${atSecond}`.toLowerCase())
    const diceOf = dicesOf(atSecond)
    const gap = arrivals === 'even' ? () => 1 : random.exponential
    due ??= gap()
    let offsetMs = 0
    while (perMs > 0 && due <= perMs * (lengthMs - offsetMs)) {
      offsetMs += due / perMs
      due = gap()
      const atMs = fromMs + min(offsetMs, lengthMs - 1)
      const target = targetAt(pieces, atMs, random)
      tell(atMs, target.name, target.ask(atMs, diceOf(target.name)))
    }
    due -= perMs * (lengthMs - offsetMs)
  }
}

function targetAt(pieces: readonly Piece[], atMs: number, random: Random) {
  const piece = pieces.find(({ untilMs }) => atMs < untilMs) ?? pieces.at(-1)
  if (piece === undefined) throw new Error('a second has at least one piece')
  return piece.route.targetAt(random.uniform())
}
