import type { Behaviour, Json, JsonObject } from '../contract.ts'
import { objectOf, textOf } from '../json.ts'
import type { State } from '../state.ts'
import { findById } from '../store.ts'

/** One thing that a model's tag or a deployment's environment variable may declare. */
interface Field {
  readonly name: keyof Behaviour | 'broken'
  readonly tag: string
  readonly variable: string
  readonly must: string
  /** undefined = the text says nothing that makes sense. */
  readonly read: (text: string) => Json | undefined
}

const PREFIX = 'sandbox.'

function field(
  name: Field['name'],
  word: string,
  must: string,
  read: (text: string) => Json | undefined,
): Field {
  const variable = `SANDBOX_${word.toUpperCase()}`
  return { name, tag: `${PREFIX}${word}`, variable, must, read }
}

function numeric(name: Field['name'], word: string, least: number, most: number): Field {
  return field(name, word, `be a number from ${least} to ${most}`, (text) => {
    const number = Number(text)
    return text.trim() !== '' && number >= least && number <= most ? number : undefined
  })
}

const FIELDS: readonly Field[] = [
  numeric('latencyMs', 'latency_ms', 0, 600_000),
  numeric('latencySigma', 'latency_sigma', 0, 3),
  numeric('errorRatio', 'error_ratio', 0, 1),
  field('errorRatioAfter', 'error_ratio_after', 'be RATIO@REQUESTS, such as 0.5@20000', readAfter),
  numeric('slowRatio', 'slow_ratio', 0, 1),
  numeric('slowFactor', 'slow_factor', 1, 1000),
  field('answer', 'answer', 'be JSON', readJson),
  field('broken', 'broken', 'be true or false', (text) =>
    text === 'true' || text === 'false' ? text === 'true' : undefined,
  ),
]

const DEFAULTS: Behaviour = { latencySigma: 0.3, errorRatio: 0, slowRatio: 0, slowFactor: 5 }

export interface Declared {
  /** undefined = nothing is declared. */
  readonly behaviour?: Behaviour
  /** Declarations that make no sense, as one sentence. */
  readonly problem?: string
}

/** How a deployment with these properties behaves, by the tags of its model and, before them, its own variables. */
export function declaredBehaviour(state: State, properties: JsonObject): Declared {
  const model = findById(state, textOf(properties.model) ?? '')
  const tags = objectOf(objectOf(model?.body.properties).tags)
  const variables = objectOf(properties.environmentVariables)
  const unknown = unknownTag(tags)
  if (unknown !== undefined) return { problem: unknown }
  const found: { [name: string]: Json } = {}
  for (const { name, tag, variable, must, read } of FIELDS) {
    const isOwn = variable in variables
    const given = isOwn ? variables[variable] : tags[tag]
    if (given === undefined || given === null) continue
    const value = read(String(given))
    const what = isOwn ? `variable ${variable}` : `model's tag ${tag}`
    if (value === undefined) return { problem: `The ${what} must ${must}, not '${given}'.` }
    found[name] = value
  }
  return completed(found)
}

function completed(found: { [name: string]: Json }): Declared {
  if (Object.keys(found).length === 0) return {}
  const { broken, ...declared } = found
  return { behaviour: { ...DEFAULTS, ...declared, ...(broken === true ? { errorRatio: 1 } : {}) } }
}

/** A misspelt tag would make a bad model look good. */
function unknownTag(tags: JsonObject): string | undefined {
  const known = FIELDS.map(({ tag }) => tag)
  const unknown = Object.keys(tags).find((tag) => tag.startsWith(PREFIX) && !known.includes(tag))
  if (unknown === undefined) return undefined
  return `The model's tag ${unknown} is not one of ${known.join(', ')}.`
}

/** `0.5@20000`: a ratio, and after how many requests it begins. */
function readAfter(text: string): Json | undefined {
  const [, ratio, requests] = /^(0|1|0?\.\d{1,9})@(\d{1,9})$/.exec(text) ?? []
  return ratio === undefined ? undefined : { ratio: Number(ratio), requests: Number(requests) }
}

function readJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

/** Every request fails. */
export const BROKEN: Behaviour = { ...DEFAULTS, errorRatio: 1 }
