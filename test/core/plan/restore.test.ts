import { describe, expect, test } from '@jest/globals'
import type { JsonObject } from '../../../src/core/model/values/json.ts'
import { valueAt, without, withValue } from '../../../src/core/model/values/pointer.ts'
import { TAGS } from '../../../src/core/plan/ownership/ownership.ts'
import { deployment, desiredOf, endpoint } from '../../support/desired.ts'
import { live, SYNC, story, Turns, world } from '../../support/world.ts'

const ENDPOINT = { kind: 'OnlineEndpoint', name: 'fraud' } as const
const BLUE = { kind: 'OnlineDeployment', parent: 'fraud', name: 'blue' } as const
const MODEL = { kind: 'Model', name: 'fraud', version: '1' } as const

const model = desiredOf('Model', { name: 'fraud', version: '1', path: './model' })
const files = [
  endpoint('fraud', { traffic: { blue: 100 }, tags: { team: 'risk' } }),
  deployment('fraud', 'blue'),
  ...model,
]

function applied(): Turns {
  const turns = new Turns(files)
  turns.settle()
  return turns
}

/** What `az ml online-deployment update` does: a PUT in which no tag is. */
const bare = (body: JsonObject): JsonObject => ({ ...body, tags: {} })
const bareAsset = (body: JsonObject): JsonObject => withValue(body, '/properties/tags', {})
const lose =
  (...tags: readonly string[]) =>
  (body: JsonObject): JsonObject =>
    tags.map((tag) => `/tags/${tag}`).reduce(without, body)

function tagsOf(turns: Turns, ref = BLUE as Parameters<Turns['body']>[0]): unknown {
  const body = turns.body(ref) ?? {}
  return body.tags ?? valueAt(body, '/properties/tags')
}

describe('tags of ownership that an update of somebody else removed', () => {
  test.each<[string, Parameters<Turns['meddle']>]>([
    ['all of a deployment', [BLUE, bare]],
    ['all of an endpoint', [ENDPOINT, bare]],
    ['all of a model', [MODEL, bareAsset]],
    ['the Application’s name', [BLUE, lose(TAGS.application)]],
    ['the mark', [BLUE, lose(TAGS.owner)]],
    ['the name and the mark', [BLUE, lose(TAGS.application, TAGS.owner)]],
    ['the commit', [BLUE, lose(TAGS.revision)]],
    ['all but the mark', [BLUE, lose(TAGS.application, TAGS.generation, TAGS.revision)]],
    [
      'the commit, which is one that says nothing of it',
      [BLUE, (body) => withValue(body, `/tags/${TAGS.revision}`, 'edited')],
    ],
  ])('are written back in one update, and it says so: %s', (_, [ref, change]) => {
    const turns = applied()
    const before = tagsOf(turns, ref)
    turns.meddle(ref, change)
    const plan = turns.plan()
    expect(plan.held).toMatchObject([{ ref, state: 'waiting', reason: 'OwnershipRestored' }])
    const actions = turns.settle()
    expect(actions).toMatchObject([{ ref, verb: 'update', reason: 'Drift' }])
    expect(actions[0]?.differences.map(({ path }) => path).join()).toContain('verdigris.')
    expect(tagsOf(turns, ref)).toEqual(before)
  })

  test('are known while Azure is at work on that update: it waits, and is not done (tagsLost, seed 6)', () => {
    const turns = applied()
    turns.meddle(BLUE, bare)
    const resources = turns.world.resources.map((one) =>
      one.ref.name === 'blue' ? { ...one, phase: 'Provisioning' as const } : one,
    )
    turns.world = { ...turns.world, resources }
    const { actions, held, findings } = turns.plan()
    expect(actions).toEqual([])
    expect(held).toMatchObject([{ ref: BLUE, state: 'waiting', reason: 'Provisioning' }])
    expect(findings.find(({ ref }) => ref.name === 'blue')?.sync).not.toBe('synced')
  })

  test('do not keep the next commit from being applied, nor a removal in it', () => {
    const turns = applied()
    turns.meddle(BLUE, bare)
    turns.commit(
      [files[0], deployment('fraud', 'blue', { instance_count: 2 })].flatMap((one) => one ?? []),
      'c2',
    )
    expect(story(turns.settle())).toContain('update_online_deployment blue')
    expect(valueAt(turns.body(BLUE) ?? {}, '/sku/capacity')).toBe(2)
    turns.meddle(BLUE, bare)
    turns.settle()
    turns.commit([endpoint('fraud', { traffic: {} })], 'c3')
    expect(story(turns.settle())).toContain('delete_online_deployment blue')
  })

  test('come back with instances and traffic that moved in the same update', () => {
    const turns = applied()
    turns.meddle(BLUE, (body) => withValue(bare(body), '/sku/capacity', 7))
    turns.meddle(ENDPOINT, (body) => withValue(body, '/properties/traffic', { blue: 0 }))
    turns.settle()
    expect(tagsOf(turns)).toMatchObject({ [TAGS.application]: 'app' })
    expect(valueAt(turns.body(BLUE) ?? {}, '/sku/capacity')).toBe(1)
  })

  test('of everything below an endpoint at once leave it to a person', () => {
    const turns = applied()
    for (const ref of [ENDPOINT, BLUE]) turns.meddle(ref, bare)
    turns.commit(
      [endpoint('fraud', { description: 'b' }), deployment('fraud', 'blue'), ...model],
      'c2',
    )
    expect(turns.settle()).toEqual([])
    expect(turns.plan().held[0]?.message).toContain('verdigris adopt fraud --why')
  })

  test('are written by no policy that only reports, and the next commit is applied all the same', () => {
    for (const drift of ['report', 'ignore'] as const) {
      const turns = applied()
      turns.input = { ...turns.input, sync: { ...SYNC, drift } }
      turns.meddle(BLUE, bare)
      expect(turns.settle()).toEqual([])
      turns.commit(
        [
          endpoint('fraud', { traffic: { blue: 100 } }),
          deployment('fraud', 'blue', { instance_count: 3 }),
        ],
        'c2',
      )
      expect(story(turns.settle())).toContain('update_online_deployment blue')
      expect(tagsOf(turns)).toMatchObject({ [TAGS.application]: 'app', [TAGS.revision]: 'c2' })
    }
  })

  test('again and again are a fight like any other drift', () => {
    const turns = applied()
    let writes = 0
    for (let turn = 0; turn < 400; turn += 1) {
      turns.meddle(BLUE, bare)
      writes += turns.step().actions.length
      turns.now += 60_000
    }
    expect(writes).toBeLessThan(15)
    expect(turns.plan().held).toMatchObject([{ ref: BLUE, state: 'blocked', reason: 'DriftFight' }])
  })
})

describe('what is not taken back', () => {
  const untouched = (turns: Turns): void => {
    const before = tagsOf(turns)
    expect(turns.settle()).toEqual([])
    expect(tagsOf(turns)).toEqual(before)
  }

  test.each<[string, (body: JsonObject) => JsonObject]>([
    [
      'with the tag of another Application',
      (body) => withValue(bare(body), `/tags/${TAGS.application}`, 'other'),
    ],
    [
      'with the mark of another thing',
      (body) => withValue(body, `/tags/${TAGS.owner}`, 'abcdefabcdef'),
    ],
    [
      'of another content than any commit that was applied',
      (body) => withValue(bare(body), '/properties/model', '/x/models/other/versions/9'),
    ],
  ])('a deployment %s', (_, change) => {
    const turns = applied()
    turns.meddle(BLUE, change)
    untouched(turns)
  })

  test('a deployment that no commit applied to its endpoint declared', () => {
    const turns = new Turns([endpoint('fraud')])
    turns.settle()
    const hand = deployment('fraud', 'blue')
    const other = new Turns([endpoint('fraud'), hand])
    other.settle()
    const body = other.body(BLUE) ?? {}
    turns.world = world([...turns.world.resources, live(BLUE, bare(body))])
    turns.commit([endpoint('fraud'), hand], 'c2')
    untouched(turns)
  })

  test('an endpoint of somebody else that is as Git says', () => {
    const turns = new Turns(
      files,
      world([
        live(ENDPOINT, { properties: { authMode: 'Key', traffic: {} }, tags: { team: 'risk' } }),
      ]),
    )
    turns.step()
    expect(turns.body(ENDPOINT)?.tags).toEqual({ team: 'risk' })
  })

  test('what Git does not declare any more', () => {
    const turns = applied()
    turns.meddle(BLUE, bare)
    turns.commit([endpoint('fraud', { traffic: {} }), ...model], 'c2')
    turns.settle()
    expect(turns.body(BLUE)).toBeDefined()
  })

  test('nor is it deleted then, for nobody knows whose it is', () => {
    const spare = deployment('fraud', 'spare')
    const turns = new Turns([...files, spare])
    turns.settle()
    turns.meddle(spare.ref, bare)
    turns.commit(files, 'c2')
    turns.settle()
    turns.now += 3_600_000
    turns.settle()
    expect(turns.body(spare.ref)).toBeDefined()
  })

  test('anything while it is not at rest', () => {
    const turns = applied()
    turns.meddle(BLUE, bare)
    turns.world = world(
      turns.world.resources.map((one) =>
        one.ref.name === 'blue' ? { ...one, phase: 'Failed' } : one,
      ),
    )
    expect(turns.step().actions).toEqual([])
  })
})
