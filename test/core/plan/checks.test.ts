import { describe, expect, test } from '@jest/globals'
import type { Phase } from '../../../src/core/model/live.ts'
import { withValue } from '../../../src/core/model/values/pointer.ts'
import { deployment, desiredOf, endpoint } from '../../support/desired.ts'
import { NOW, SYNC, story, Turns, world } from '../../support/world.ts'

const FRAUD = { kind: 'OnlineEndpoint', name: 'fraud' } as const
const BLUE = { kind: 'OnlineDeployment', parent: 'fraud', name: 'blue' } as const
const wanted = [endpoint('fraud', { description: 'a' }), deployment('fraud', 'blue')]

function settled(): Turns {
  const turns = new Turns(wanted)
  turns.settle()
  return turns
}

function describeIt(turns: Turns, description: string): void {
  turns.meddle(FRAUD, (body) => withValue(body, '/properties/description', description))
}

describe('nothing to do', () => {
  test('a hundred further turns write nothing', () => {
    const turns = settled()
    const before = turns.actions.length
    for (let turn = 0; turn < 100; turn += 1) turns.step()
    expect(turns.actions).toHaveLength(before)
  })

  test('a commit that changes no meaning writes nothing', () => {
    const turns = settled()
    turns.commit(
      [deployment('fraud', 'blue', { tags: {} }), endpoint('fraud', { description: 'a' })],
      'c2',
    )
    expect(turns.settle()).toEqual([])
  })

  test('a field that Git stops declaring goes back to the default', () => {
    const turns = settled()
    turns.commit([endpoint('fraud'), deployment('fraud', 'blue')], 'c2')
    expect(story(turns.settle())).toEqual(['update_endpoint fraud'])
    expect(turns.body(FRAUD)?.properties).not.toHaveProperty('description')
  })

  test('a field that Git never declared is left alone', () => {
    const turns = settled()
    turns.meddle(FRAUD, (body) => withValue(body, '/properties/publicNetworkAccess', 'Disabled'))
    expect(turns.settle()).toEqual([])
  })
})

describe('tags that others have set', () => {
  const named = (count: number, prefix: string) =>
    Object.fromEntries(Array.from({ length: count }, (_, place) => [`${prefix}${place}`, 'x']))

  function besides(others: object, declared: { [name: string]: string }) {
    const turns = settled()
    turns.meddle(FRAUD, (body) => withValue(body, '/tags', { ...Object(body.tags), ...others }))
    turns.commit(
      [endpoint('fraud', { description: 'b', tags: declared }), deployment('fraud', 'blue')],
      'c2',
    )
    const { actions, held } = turns.plan()
    return actions.length > 0
      ? story(actions)
      : held.map(({ reason, message }) => `${reason}: ${message}`)
  }

  test.each([
    ['there is room for all', named(40, 'theirs'), named(6, 'ours')],
    ['the same names, whatever their case, count once', named(43, 'Theirs'), named(43, 'theirs')],
  ])('%s', (_, others, declared) => {
    expect(besides(others, declared)).toEqual(['update_endpoint fraud'])
  })

  test('without room for ours nothing is written, and it is said how many are too many', () => {
    expect(besides(named(41, 'theirs'), named(6, 'ours'))).toEqual([
      'TooManyTags: Azure allows 50 tags: Git declares 6, others have set 41 more, and Verdigris needs 4. Remove 1 of them.',
    ])
  })
})

describe('drift', () => {
  test('is put back, and the reason says so', () => {
    const turns = settled()
    describeIt(turns, 'mine now')
    expect(turns.step().actions).toMatchObject([{ operation: 'update_endpoint', reason: 'Drift' }])
  })

  test('what is not there yet while Azure works is not drift', () => {
    const turns = settled()
    describeIt(turns, 'not yet')
    turns.world = world(turns.world.resources.map((one) => ({ ...one, phase: 'Provisioning' })))
    expect(turns.step().findings[1]).not.toHaveProperty('driftedSince')
  })

  test('with the policy report it is shown with its age, and not written', () => {
    const turns = settled()
    turns.input = { ...turns.input, sync: { ...SYNC, drift: 'report' } }
    describeIt(turns, 'mine now')
    turns.step()
    turns.now += 1000
    const plan = turns.step()
    expect(plan.actions).toEqual([])
    expect(plan.findings[1]).toMatchObject({ sync: 'out_of_sync', driftedSince: turns.now - 1000 })
  })

  test('with the policy ignore, or a rule for the field, it is no difference', () => {
    const rule = {
      kind: 'OnlineEndpoint',
      path: '/properties/description',
      reason: 'portal owns it',
    }
    for (const sync of [
      { ...SYNC, drift: 'ignore' },
      { ...SYNC, ignoreDifferences: [rule] },
    ] as const) {
      const turns = settled()
      turns.input = { ...turns.input, sync }
      describeIt(turns, 'mine now')
      expect(turns.step()).toMatchObject({ changes: [], actions: [] })
    }
  })

  test('an ignore rule ends at its date', () => {
    const turns = settled()
    const rule = {
      kind: 'OnlineEndpoint',
      path: '/properties/description',
      reason: 'x',
      untilMs: turns.now,
    }
    turns.input = { ...turns.input, sync: { ...SYNC, ignoreDifferences: [rule] } }
    describeIt(turns, 'mine now')
    expect(turns.step().actions).toHaveLength(1)
  })

  test.each<['somebody undoes it' | 'its operation fails', Phase]>([
    ['somebody undoes it', 'Ready'],
    ['its operation fails', 'Failed'],
  ])(
    'traffic that nobody gets any more is put back every two minutes at least, however often %s',
    (_, phase) => {
      const turns = new Turns([
        endpoint('fraud', { traffic: { blue: 100 } }),
        deployment('fraud', 'blue'),
      ])
      turns.settle()
      const corrected: number[] = []
      for (let minute = 0; minute < 60; minute += 1) {
        turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', {}))
        turns.world = world(
          turns.world.resources.map((one) =>
            one.ref.kind === FRAUD.kind ? { ...one, phase } : one,
          ),
        )
        if (turns.step(phase).actions.length > 0) corrected.push(minute)
        else {
          const said = phase === 'Failed' ? 'The last correction failed' : ''
          expect(turns.plan().held[0]?.message).toContain(said)
        }
        turns.now += 60_000
      }
      const gaps = corrected.slice(1).map((minute, place) => minute - (corrected[place] ?? 0))
      expect(Math.max(...gaps)).toBe(2)
      expect(corrected.at(-1)).toBeGreaterThanOrEqual(58)
    },
  )

  test('row 43: a thousand fields that somebody moves at once are one write, as often as one field is', () => {
    const variables = (value: string, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`V${n}`, value]))
    const turns = new Turns([
      endpoint('fraud'),
      deployment('fraud', 'blue', { environment_variables: variables('ours', 500) }),
    ])
    turns.settle()
    // As many as Git may declare, and as many more.
    const meddle = () =>
      turns.meddle(BLUE, (body) =>
        withValue(body, '/properties/environmentVariables', variables('theirs', 1000)),
      )
    meddle()
    expect(turns.step().actions).toMatchObject([{ reason: 'Drift', ref: BLUE }])
    // What Git never declared is left alone.
    expect(turns.body(BLUE)?.properties).toMatchObject({
      environmentVariables: { ...variables('theirs', 1000), ...variables('ours', 500) },
    })
    const corrected = [0]
    for (let minute = 1; minute < 30; minute += 1) {
      turns.now += 60_000
      meddle()
      const { actions, held } = turns.step()
      if (actions.length > 0) corrected.push(minute)
      expect(actions.length + held.length).toBe(1)
      for (const { message } of held) expect(message.length).toBeLessThanOrEqual(4096)
    }
    expect(corrected).toEqual([0, 2, 4, 6, 10, 18])
  })

  test('row 43: a fight is told after six corrections and goes on, each but the first two later than the last, at last an hour apart', () => {
    const turns = settled()
    const corrected: number[] = []
    for (let minute = 0; minute < 600; minute += 1) {
      describeIt(turns, `other ${minute}`)
      if (turns.step().actions.length > 0) corrected.push(minute)
      turns.now += 60_000
    }
    expect(corrected.slice(0, 6)).toEqual([0, 2, 4, 6, 10, 18])
    expect(turns.plan().held).toMatchObject([
      {
        reason: 'DriftFight',
        state: 'blocked',
        message: expect.stringContaining('at least once an hour'),
      },
    ])
    expect(turns.plan().findings[1]).toMatchObject({ fight: true })
    expect(corrected.length).toBeLessThan(25)
    expect(corrected.slice(-2).map((minute) => minute - (corrected.at(-2) ?? 0))).toEqual([0, 60])
  })
})

test('an hour of peace ends a fight: what drifts then is put back at once, as often as ever', () => {
  const turns = settled()
  const corrected: number[] = []
  const drifts = (minute: number) => minute < 30 || minute > 160
  for (let minute = 0; minute < 165; minute += 1) {
    if (drifts(minute)) describeIt(turns, `other ${minute}`)
    if (turns.step().actions.length > 0) corrected.push(minute)
    turns.now += 60_000
  }
  expect(corrected.slice(-2)).toEqual([161, 163])
})

describe('what holds a write back', () => {
  test('another write to the same endpoint: its own goes first (S11)', () => {
    const turns = settled()
    const more = [deployment('fraud', 'blue'), deployment('fraud', 'green')]
    turns.commit([endpoint('fraud', { description: 'b' }), ...more], 'c2')
    const { actions, held } = turns.plan()
    expect(story(actions)).toEqual(['update_endpoint fraud'])
    expect(held).toMatchObject([{ ref: { name: 'green' }, reason: 'EndpointBusy' }])
  })

  test('our own last write, until a reading shows it', () => {
    const turns = settled()
    const stale = turns.world
    turns.commit([endpoint('fraud', { description: 'b' }), deployment('fraud', 'blue')], 'c2')
    turns.step()
    turns.world = stale
    expect(turns.plan()).toMatchObject({ actions: [], held: [{ reason: 'OwnWriteNotSeen' }] })
    turns.now += 120_001
    expect(turns.plan().actions).toHaveLength(1)
  })

  test('our own last write to one of its deployments, until a reading shows it', () => {
    const turns = settled()
    const stale = turns.world
    const more = [deployment('fraud', 'blue'), deployment('fraud', 'green')]
    turns.commit([endpoint('fraud'), ...more], 'c2')
    turns.step()
    turns.world = stale
    turns.commit([endpoint('fraud', { description: 'b' }), ...more], 'c3')
    expect(turns.plan().actions).toEqual([])
    turns.now += 120_001
    expect(story(turns.plan().actions)).toEqual(['update_endpoint fraud'])
  })

  test('any write under way on the endpoint or one of its deployments', () => {
    const turns = settled()
    turns.commit([endpoint('fraud', { description: 'b' }), deployment('fraud', 'blue')], 'c2')
    turns.world = world(
      turns.world.resources.map((one) =>
        one.ref.kind === 'OnlineDeployment' ? { ...one, phase: 'Provisioning' } : one,
      ),
    )
    const { actions, held } = turns.plan()
    expect(actions).toEqual([])
    expect(held.map(({ reason }) => reason)).toEqual(['Provisioning', 'EndpointBusy'])
  })

  test('a field that Azure cannot change in place: it says what to do, and traffic stays', () => {
    const turns = settled()
    turns.commit(
      [
        endpoint('fraud', { description: 'a', traffic: { blue: 100 } }),
        deployment('fraud', 'blue', { instance_type: 'Standard_F4s_v2', tags: { team: 'a' } }),
      ],
      'c2',
    )
    const { held } = turns.step()
    // Of the fields that change it names those that are in the way.
    const message = expect.stringMatching(
      /^Azure cannot change \/properties\/instanceType in place\. Add a deployment/,
    )
    expect(held).toContainEqual(expect.objectContaining({ reason: 'CannotChangeInPlace', message }))
    expect(turns.actions.filter(({ verb }) => verb === 'delete')).toEqual([])
  })

  test('a label that points nowhere', () => {
    const turns = new Turns([
      endpoint('fraud'),
      deployment('fraud', 'blue', { model: 'azureml:fraud@latest' }),
    ])
    turns.settle()
    expect(turns.plan().held).toMatchObject([{ reason: 'LabelNotResolved' }])
    turns.world = { ...turns.world, labels: { 'Model/fraud@latest': '7' } }
    const [action] = turns.plan().actions
    expect(JSON.stringify(action?.body)).toContain('/models/fraud/versions/7')
    expect(turns.plan().findings[0]).toMatchObject({ pins: { 'Model/fraud@latest': '7' } })
  })

  test('a label moves with its manifest, not with the registry', () => {
    const scaled = (count: number) => [
      endpoint('fraud'),
      deployment('fraud', 'blue', { model: 'azureml:fraud@latest', instance_count: count }),
    ]
    const turns = new Turns(scaled(1), { ...world(), labels: { 'Model/fraud@latest': '7' } })
    turns.settle()
    turns.world = { ...turns.world, labels: { 'Model/fraud@latest': '8' } }
    expect(turns.settle()).toEqual([])
    turns.commit(scaled(2), 'c2')
    turns.settle()
    expect(JSON.stringify(turns.body(BLUE))).toContain('/models/fraud/versions/8')
  })

  test.each([
    ['the Application', { sync: { ...SYNC, suspend: true } }],
    [
      'rewritten history',
      { freezes: [{ what: 'writes', reason: 'HistoryRewritten', message: 'x' }] },
    ],
  ] as const)('%s says stop: no write of any kind', (_, change) => {
    const turns = new Turns(wanted)
    turns.input = { ...turns.input, ...change }
    expect(turns.settle()).toEqual([])
  })

  test('an annotation says not before', () => {
    const turns = new Turns([endpoint('fraud', {}, { suspendUntil: NOW + 1 })])
    expect(turns.plan()).toMatchObject({ actions: [], findings: [{ health: 'suspended' }] })
    turns.now += 1
    expect(turns.plan().actions).toHaveLength(1)
  })

  test('what it depends on: the model and code it declares come first', () => {
    const fields = {
      name: 'blue',
      endpoint_name: 'fraud',
      model: { path: './model' },
      code_configuration: { code: './src', scoring_script: 'score.py' },
      environment: { image: 'mcr.example/x:1', conda_file: './conda.yml' },
      instance_type: 'Standard_DS3_v2',
      instance_count: 1,
    }
    const turns = new Turns([endpoint('fraud'), ...desiredOf('OnlineDeployment', fields)])
    const operations = turns.settle().map(({ operation }) => operation)
    expect(operations.at(-1)).toBe('create_online_deployment')
    expect(operations.slice(0, -1).sort()).toEqual([
      'create_endpoint',
      'register_environment',
      'register_model',
      'upload_code',
    ])
    expect(turns.actions.filter(({ upload }) => upload !== undefined)).toHaveLength(2)
  })
})

test('a deployment waits for the model that its commit declares, though its endpoint is there', () => {
  const turns = settled()
  const fields = { name: 'green', endpoint_name: 'fraud', model: { path: './model' } }
  const more = { environment: 'azureml:e:1', instance_type: 'Standard_DS3_v2', instance_count: 1 }
  const green = desiredOf('OnlineDeployment', { ...fields, ...more }).map((one) => ({
    ...one,
    dependsOn: one.dependsOn.filter(({ kind }) => kind === 'Model'),
  }))
  turns.commit([...wanted, ...green], 'c2')
  expect(turns.step('Provisioning').actions.map(({ operation }) => operation)).toEqual([
    'register_model',
  ])
  expect(turns.plan().actions).toEqual([])
  turns.world = world(turns.world.resources.map((one) => ({ ...one, phase: 'Ready' })))
  expect(story(turns.step().actions)).toEqual(['create_online_deployment green'])
})
