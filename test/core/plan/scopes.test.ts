import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Desired } from '../../../src/core/model/desired.ts'
import type { JsonObject } from '../../../src/core/model/json.ts'
import { valueAt, withValue } from '../../../src/core/model/pointer.ts'
import { keyOf, type Ref, scopeOf } from '../../../src/core/model/ref.ts'
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

const chapter = fc.record({
  commit: fc.record({ fraud: said, spam: said, churn: said }),
  name: fc.constantFrom(...NAMES),
  hand: fc.constantFrom(...Object.keys(HANDS)),
  deletes: fc.boolean(),
  steps: fc.integer({ min: 1, max: 12 }),
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

function isUnion(input: PlanInput): void {
  const whole = makePlan(input)
  const parts = NAMES.map((name) => {
    const scope = keyOf({ kind: 'OnlineEndpoint', name })
    const part = makePlan(only(input, scope))
    expect(saidOf(part, scope)).toEqual(saidOf(whole, scope))
    return part.plan.wakeAt ?? Number.POSITIVE_INFINITY
  })
  const { wakeAt = Number.POSITIVE_INFINITY, actions } = whole.plan
  // A write of an asset is another reason to look again soon.
  if (actions.every(({ ref }) => !isAsset(ref))) expect(Math.min(...parts)).toBe(wakeAt)
}

const deletions = { enabled: true, maxDeletions: 100 }

test('what is planned for all endpoints is what is planned for each by itself', () => {
  fc.assert(
    fc.property(fc.array(chapter, { minLength: 1, maxLength: 4 }), (chapters) => {
      const turns = new Turns([], world([]))
      const sync = { ...SYNC, maxRollouts: 100, prune: { ...SYNC.prune, ...deletions } }
      turns.input = { ...turns.input, sync }
      for (const [place, { commit, name, hand, deletes, steps }] of chapters.entries()) {
        const all = NAMES.flatMap((one) => declared(one, commit[one]))
        turns.commit([...MODEL, ...all], `c${place}`)
        for (let step = 0; step < steps; step += 1) {
          isUnion({ ...turns.input, world: turns.world, memory: turns.memory, now: turns.now })
          turns.step()
          turns.now += MINUTE_MS
        }
        turns.meddle({ kind: 'OnlineEndpoint', name }, HANDS[hand] ?? ((body) => body))
        if (deletes) {
          const resources = turns.world.resources.filter(
            ({ ref, body }) =>
              ref.parent !== name || valueAt(body, '/properties/model') === undefined,
          )
          turns.world = { ...turns.world, resources }
        }
      }
    }),
    { numRuns: 60 },
  )
})
