import { escaped } from '../../kinds/fields/shown.ts'
import type { Fault, ScoredAnswer } from '../../model/probes/probe.ts'
import type { GoldenRequest } from '../../model/rollout.ts'
import { isObject, type Json, type JsonObject } from '../../model/values/json.ts'
import { isTooMuch, schemaMismatch } from './json-schema.ts'

/** What is wrong with an answer to a golden request; undefined when nothing is. */
export function faultOf(request: GoldenRequest, answer: ScoredAnswer): Fault | undefined {
  const { status, maxLatencyMs } = request
  if (answer.status !== status)
    return { is: 'status', message: `status ${answer.status}, expected ${status}` }
  if (answer.latencyMs > maxLatencyMs) {
    const took = `took ${Math.round(answer.latencyMs)} ms`
    return { is: 'latency', message: `${took}, at most ${maxLatencyMs} allowed` }
  }
  const message = mismatchOf(request, answer)
  return message === undefined ? undefined : { is: 'content', message }
}

function mismatchOf({ expect }: GoldenRequest, { body }: ScoredAnswer): string | undefined {
  if (expect.is === 'anything') return undefined
  if (body === undefined) return 'the answer is no JSON'
  if (expect.is === 'schema') {
    if (isTooMuch(expect.schema, body))
      return 'the answer has too many values to be checked against a schema of so many parts'
    const path = schemaMismatch(expect.schema, body)
    return path === undefined ? undefined : `the answer is not of the schema at ${placeOf(path)}`
  }
  const isExact = expect.is === 'equal'
  const path = differs(expect.value, body, { isExact, tolerance: expect.tolerance }, '')
  return path === undefined ? undefined : `the answer differs at ${placeOf(path)}`
}

/** Keys may come from the answer: they are shortened, and nothing in them can hide or deceive. */
function placeOf(path: string): string {
  return path === '' ? 'its root' : escaped(path.slice(0, MAX_PLACE))
}

const MAX_PLACE = 100

interface Rules {
  /** Nothing more than what is expected may be there. */
  readonly isExact: boolean
  readonly tolerance: number
}

/** The JSON Pointer of the first place where `got` is not what `want` says; undefined when there is none. */
function differs(
  want: Json,
  got: Json | undefined,
  rules: Rules,
  path: string,
): string | undefined {
  if (typeof want === 'number' && typeof got === 'number')
    return Math.abs(want - got) <= rules.tolerance ? undefined : path
  if (Array.isArray(want)) return listDiffers(want, got, rules, path)
  if (isObject(want)) return objectDiffers(want, got, rules, path)
  return want === got ? undefined : path
}

/** Lists are compared place by place: predictions come in the order of what was asked. */
function listDiffers(
  want: readonly Json[],
  got: Json | undefined,
  rules: Rules,
  path: string,
): string | undefined {
  if (!Array.isArray(got) || got.length !== want.length) return path
  for (const [index, value] of want.entries()) {
    const found = differs(value, got[index] as Json | undefined, rules, `${path}/${index}`)
    if (found !== undefined) return found
  }
  return undefined
}

function objectDiffers(
  want: JsonObject,
  got: Json | undefined,
  rules: Rules,
  path: string,
): string | undefined {
  if (!isObject(got)) return path
  const extra = Object.keys(got).find((key) => !Object.hasOwn(want, key))
  if (rules.isExact && extra !== undefined) return `${path}/${extra}`
  for (const [key, value] of Object.entries(want)) {
    const there = Object.hasOwn(got, key) ? got[key] : undefined
    const found = differs(value, there, rules, `${path}/${key}`)
    if (found !== undefined) return found
  }
  return undefined
}
