import type { Step } from '../../src/core/model/rollout.ts'
import type { JsonObject } from '../../src/core/model/values/json.ts'
import { without, withValue } from '../../src/core/model/values/pointer.ts'
import { ERRORS, FRAUD, MINUTE_MS, opened, slotRef, template } from '../core/rollout/play.ts'
import type { Azure } from './azure.ts'
import type { Git } from './controller.ts'
import { aged, generationIn, KEEP_MS, untimed } from './time.ts'

const STEPS: readonly Step[] = [
  { type: 'setWeight', percent: 50 },
  { type: 'analysis', checks: [ERRORS], forMs: 5 * MINUTE_MS },
]

const POLICY = {
  steps: STEPS,
  analysis: [ERRORS],
  bakeMs: 5 * MINUTE_MS,
  keep: { revisions: 1 as const, forMs: KEEP_MS },
  deadlineMs: 1e4 * KEEP_MS,
}

const desiredOf = (model: number) => template(model, { policy: POLICY })

/** The histories that Git may have: models in the order of their commits. */
export function gitsOf(...histories: readonly (readonly number[])[]): readonly Git[] {
  const commits = new Map<string, Git[number]>()
  return histories.map((models) =>
    models.map((model, index) => {
      const name = `${index + 1}${models.slice(0, index + 1).join('')}`
      const known = commits.get(name)
      if (known !== undefined) return known
      const commit = { revision: name.padEnd(40, '0'), desired: desiredOf(model) }
      commits.set(name, commit)
      return commit
    }),
  )
}

/** Model 1 serves from blue, and a deployment that somebody else has put there does nothing. */
export function atHome([first]: readonly Git[]): Azure {
  const turns = opened(first?.[0]?.desired ?? [])
  const endpoint = withCommit(turns.body(FRAUD) ?? {}, first)
  const blue = withCommit(turns.body(slotRef('blue')) ?? {}, first)
  const generation = (endpoint.tags as { readonly [tag: string]: string })['verdigris.generation']
  generationIn(endpoint, generation ?? '')
  return {
    endpoint: { body: aged(aged(untimed(endpoint), 'step'), 'window'), phase: 'Succeeded' },
    deployments: [
      { body: blue, phase: 'Succeeded', runs: '1' },
      undefined,
      { body: without(blue, '/tags'), phase: 'Succeeded', runs: '1' },
    ],
  }
}

function withCommit(body: JsonObject, git: Git | undefined): JsonObject {
  return withValue(body, '/tags/verdigris.revision', git?.[0]?.revision ?? '')
}
