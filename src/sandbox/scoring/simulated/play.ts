import type { Behaviour, DeploymentView } from '../../core/contract.ts'
import { type HttpResponse, jsonResponse, textResponse } from '../../http/message.ts'
import { strikes } from '../share.ts'
import type { Random } from './random.ts'

// As in core/ids.ts: looked up once.
const { exp } = Math

/** Path and query of a request, as the container has it. */
interface Target {
  readonly target: string
}

/** Chance as one deployment meets it. */
export interface Dice {
  readonly random: Random
  /** What faults still owe, by name. */
  readonly owed: Map<string, number>
  /** How many requests it has had. */
  readonly asked: { count: number }
}

/** What faults and declared behaviour make of one request. */
export interface Played {
  /** The model's own status; 200 = nothing has gone wrong. */
  readonly status: number
  readonly latencyMs: number
}

/** As a small model does. */
const PLAIN: Behaviour = {
  latencyMs: 20,
  latencySigma: 0.3,
  errorRatio: 0,
  slowRatio: 0,
  slowFactor: 1,
}

/** How a container behaves that nothing but its declaration answers for. */
export function declaredOf({ behaviour }: DeploymentView): Behaviour {
  return { ...PLAIN, ...behaviour }
}

export function isScoring({ target }: Target): boolean {
  return /^\/score(\?|$)/.test(target)
}

/** What a container answers that is only declared, when nothing goes wrong. */
export function declaredAnswer({ behaviour }: DeploymentView, request: Target): HttpResponse {
  if (isScoring(request)) return jsonResponse(200, behaviour?.answer ?? {})
  return request.target === '/' ? textResponse(200, 'Healthy') : textResponse(404, 'Not Found')
}

/** Throws the dice for one request: always as many of them, so that two models meet the same chance. */
export function play(
  faults: DeploymentView['faults'],
  behaviour: Behaviour | undefined,
  dice: Dice,
): Played {
  const { random, owed } = dice
  dice.asked.count += 1
  let delayMs = 0
  let fails: number | undefined
  for (const { name, delayMs: addedMs = 0, status, percent = 100 } of faults ?? []) {
    delayMs += addedMs
    if (status === undefined || !strikes(owed, name, percent)) continue
    fails = status
    break
  }
  if (behaviour === undefined) return { status: fails ?? 200, latencyMs: delayMs }
  const isError = random.uniform() < errorRatioOf(behaviour, dice)
  const isSlow = random.uniform() < behaviour.slowRatio
  const spread = exp(behaviour.latencySigma * random.normal())
  const latencyMs = (behaviour.latencyMs ?? 0) * spread * (isSlow ? behaviour.slowFactor : 1)
  return { status: fails ?? (isError ? 500 : 200), latencyMs: delayMs + latencyMs }
}

function errorRatioOf({ errorRatio, errorRatioAfter: after }: Behaviour, { asked }: Dice): number {
  return after !== undefined && asked.count > after.requests ? after.ratio : errorRatio
}
