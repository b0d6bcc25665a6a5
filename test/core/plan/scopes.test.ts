import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Desired } from '../../../src/core/model/desired.ts'
import type { Phase, World } from '../../../src/core/model/live.ts'
import { keyOf, type Ref, scopeOf } from '../../../src/core/model/ref.ts'
import type { JsonObject } from '../../../src/core/model/values/json.ts'
import { valueAt, withValue } from '../../../src/core/model/values/pointer.ts'
import type { PlanInput } from '../../../src/core/plan/context.ts'
import { makePlan } from '../../../src/core/plan/plan.ts'
import { desiredOf } from '../../support/desired.ts'
import { SYNC, Turns, world } from '../../support/world.ts'
import { explicit, MINUTE_MS, template } from '../rollout/play.ts'

const NAMES = ['fraud', 'spam', 'churn'] as const
type Name = (typeof NAMES)[number]

/** An asset that all of them may use, so that none is planned without any declaration. */
const MODEL = desiredOf('Model', { name: 'shared', version: '1', path: './model' })

interface Said {
  readonly form: 'template' | 'explicit' | 'plain'
  readonly model: number
  readonly description: string
}

const said: fc.Arbitrary<Said> = fc.record({
  form: fc.constantFrom('template', 'explicit', 'plain'),
  model: fc.integer({ min: 1, max: 3 }),
  description: fc.constantFrom('a', 'b'),
})

function declared(name: Name, { form, model, description }: Said): readonly Desired[] {
  const fields = { description }
  const explicitly = explicit('green', { blue: 1, green: model }, { fields: { green: fields } })
  const all = form === 'template' ? template(model, { fields }) : explicitly
  const desired = form === 'plain' ? all.map(({ rollout, ...one }) => one) : all
  return JSON.parse(JSON.stringify(desired).replaceAll('fraud', name))
}

const HANDS: Readonly<Record<string, (body: JsonObject) => JsonObject>> = {
  nothing: (body) => body,
  traffic: (body) => withValue(body, '/properties/traffic', {}),
  description: (body) => withValue(body, '/properties/description', 'x'),
  tags: (body) => withValue(body, '/tags', {}),
}

const chapter: fc.Arbitrary<Chapter> = fc.record({
  commit: fc.record({ fraud: said, spam: said, churn: said }),
  name: fc.constantFrom(...NAMES),
  hand: fc.constantFrom(...Object.keys(HANDS)),
  deletes: fc.boolean(),
  steps: fc.integer({ min: 1, max: 12 }),
  /** What becomes of the first writes. */
  phase: fc.constantFrom<Phase>('Ready', 'Ready', 'Provisioning', 'Failed'),
  /** An endpoint that this commit declares no longer. */
  gone: fc.option(fc.constantFrom(...NAMES), { nil: undefined }),
})

const isAsset = ({ version }: Ref): boolean => version !== undefined

/** What one endpoint is planned from: its own things, and the assets. */
function only(input: PlanInput, scope: string): PlanInput {
  const belongs = ({ ref }: { readonly ref: Ref }): boolean =>
    isAsset(ref) || scopeOf(ref) === scope
  const { world: all, desired } = input
  return {
    ...input,
    desired: desired.filter(belongs),
    world: { ...all, resources: all.resources.filter(belongs) },
  }
}

/** What a plan says of one scope, and what is remembered of it. */
function saidOf({ plan, memory }: ReturnType<typeof makePlan>, scope: string) {
  const belongs = ({ ref }: { readonly ref: Ref }): boolean => scopeOf(ref) === scope
  return {
    findings: plan.findings.filter(belongs),
    changes: plan.changes.filter(belongs),
    actions: plan.actions.filter(belongs),
    held: plan.held.filter(belongs),
    memory: Object.entries(memory).filter(([key]) =>
      plan.findings.some((one) => one.key === key && belongs(one)),
    ),
  }
}

/** What is held for the sake of other scopes: the one gate for all deletions, and what comes in the place of what goes. */
const CROSSING = ['TooManyDeletions', 'ReplacementNotServing']

function isCrossing({ held, memory }: ReturnType<typeof saidOf>): boolean {
  const waits = memory.some(([, known]) => known.awaitsSince !== undefined)
  return waits || held.some(({ reason }) => CROSSING.includes(reason))
}

function isUnion(input: PlanInput): void {
  const whole = makePlan(input)
  const parts = NAMES.flatMap((name) => {
    const scope = keyOf({ kind: 'OnlineEndpoint', name })
    const said = saidOf(whole, scope)
    const part = makePlan(only(input, scope))
    if (isCrossing(said)) return []
    expect(saidOf(part, scope)).toEqual(said)
    return [part.plan.wakeAt ?? Number.POSITIVE_INFINITY]
  })
  const { wakeAt = Number.POSITIVE_INFINITY, actions } = whole.plan
  // A write of an asset is another reason to look again soon.
  const isWhole = parts.length === NAMES.length && actions.every(({ ref }) => !isAsset(ref))
  if (isWhole) expect(Math.min(...parts)).toBe(wakeAt)
}

/** What Azure was at work on is done. */
function finished({ world: all }: Turns): World {
  const resources = all.resources.map((one) =>
    one.phase === 'Provisioning' ? { ...one, phase: 'Ready' as const } : one,
  )
  return { ...all, resources }
}

const deletions = { enabled: true, maxDeletions: 100 }

interface Chapter {
  readonly commit: Readonly<Record<Name, Said>>
  readonly name: Name
  readonly hand: string
  readonly deletes: boolean
  readonly steps: number
  readonly phase: Phase
  readonly gone: Name | undefined
}

/** A commit, some turns with it, each of them compared, and then somebody's hand. */
function play(turns: Turns, chapter: Chapter, place: number): void {
  const { commit, name, hand, steps, phase, gone } = chapter
  const declaring = NAMES.filter((one) => one !== gone)
  const all = declaring.flatMap((one) => declared(one, commit[one]))
  turns.commit([...MODEL, ...all], `c${place}`)
  for (let step = 0; step < steps; step += 1) {
    isUnion({ ...turns.input, world: turns.world, memory: turns.memory, now: turns.now })
    turns.step(step < 2 ? phase : 'Ready')
    turns.now += MINUTE_MS
    if (step % 3 === 1) turns.world = finished(turns)
  }
  turns.meddle({ kind: 'OnlineEndpoint', name }, HANDS[hand] ?? ((body) => body))
  if (chapter.deletes) turns.world = withoutDeployments(turns.world, name)
}

function withoutDeployments(all: World, name: Name): World {
  const resources = all.resources.filter(
    ({ ref, body }) => ref.parent !== name || valueAt(body, '/properties/model') === undefined,
  )
  return { ...all, resources }
}

test('what is planned for all endpoints is what is planned for each by itself', () => {
  fc.assert(
    fc.property(fc.array(chapter, { minLength: 1, maxLength: 4 }), (chapters) => {
      const turns = new Turns([], world([]))
      const sync = { ...SYNC, maxRollouts: 100, prune: { ...SYNC.prune, ...deletions } }
      turns.input = { ...turns.input, sync }
      for (const [place, one] of chapters.entries()) play(turns, one, place)
    }),
    { numRuns: 60 },
  )
})
