import { describe, expect, test } from '@jest/globals'
import {
  CANARY,
  ENDPOINT,
  reading,
  readingOf,
  rolloutFile,
  rolloutOf,
  stepsFile,
  TEMPLATE,
  type Texts,
  told,
} from './rollout-repository.ts'

const HOUR_MS = 3_600_000

describe('a Rollout', () => {
  test('is careful where it says nothing', () => {
    const rollout = rolloutOf(reading(TEMPLATE + CANARY))
    expect(rollout).toMatchObject({
      name: 'fraud',
      strategy: 'canary',
      bakeMs: HOUR_MS / 2,
      bakeControl: 0,
      keep: { revisions: 1, forMs: 24 * HOUR_MS },
      onFailure: 'rollback',
      onNewCommit: 'supersede',
      deadlineMs: 6 * HOUR_MS,
      analysis: [],
    })
    expect(rollout.slots?.map(({ ref }) => ref.name)).toEqual(['blue', 'green'])
    expect(rollout.steps.map(({ type }) => type)).toEqual([
      'setWeight',
      'analysis',
      'setWeight',
      'pause',
    ])
  })

  test('of the strategy blueGreen has at most two steps, and waits where nobody may be surprised', () => {
    const body = `${TEMPLATE}  strategy: { blueGreen: { verify: { requests: golden.json }, autoPromote: false } }\n`
    const golden = { 'golden.json': '{"request": {}}' }
    expect(rolloutOf(reading(body, golden)).steps).toMatchObject([
      { type: 'verify' },
      { type: 'pause' },
    ])
    expect(rolloutOf(reading(`${TEMPLATE}  strategy: { blueGreen: {} }\n`)).steps).toEqual([])
  })

  test('of a batch endpoint switches', () => {
    const files = {
      'endpoint.yml': 'name: fraud\ndefaults: { deployment_name: blue }\n',
      'rollout.yml': rolloutFile('  strategy: { switch: { trial: { input: azureml:day:1 } } }\n'),
    }
    expect(rolloutOf(readingOf(files))).toMatchObject({
      strategy: 'switch',
      steps: [{ type: 'trial', trial: { input: 'azureml:day:1', mismatches: 0 } }],
    })
  })
})

describe('the bake of a Rollout', () => {
  const BAKED = `${TEMPLATE}  analysis: [errors]\n${CANARY}`

  test.each<[string, number, number]>([
    ['45m', 45, 0],
    ['0', 0, 0],
    ['{ for: 45m }', 45, 0],
    ['{ for: 45m, control: 0 }', 45, 0],
    ['{ for: 45m, control: 5 }', 45, 5],
    ['{ for: 45m, control: 50 }', 45, 50],
  ])('%s', (said, minutes, control) => {
    const rollout = rolloutOf(reading(`${BAKED}  bake: ${said}\n`))
    expect([rollout.bakeMs, rollout.bakeControl]).toEqual([minutes * 60_000, control])
  })

  test.each<[string, string, string]>([
    ['{ for: 45m, control: 51 }', BAKED, 'InvalidTraffic'],
    ['{ for: 45m, control: -1 }', BAKED, 'InvalidTraffic'],
    ['{ for: 45m, control: 2.5 }', BAKED, 'InvalidTraffic'],
    ['{ for: 45m, control: "5" }', BAKED, 'InvalidTraffic'],
    ['{ control: 5 }', BAKED, 'MissingField'],
    ['{ for: 45m, share: 5 }', BAKED, 'UnknownField'],
    ['{ for: 8d }', BAKED, 'InvalidDuration'],
    ['[45m]', BAKED, 'InvalidDuration'],
    ['{ for: 0, control: 5 }', BAKED, 'ConflictingFields'],
    ['{ for: 45m, control: 5 }', TEMPLATE + CANARY, 'ConflictingFields'],
    [
      '{ for: 45m, control: 20 }',
      `${TEMPLATE}  analysis: [errors]\n${stepsFile('setWeight: 90')}`,
      'InvalidStep',
    ],
  ])('%s is refused (%#)', (said, body, reason) => {
    const problems = told(reading(`${body}  bake: ${said}\n`))
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(new RegExp(`^${reason} rollout.yml:`))
  })

  test('of a batch endpoint has no control group', () => {
    const files = {
      'endpoint.yml': 'name: fraud\ndefaults: { deployment_name: blue }\n',
      'rollout.yml': rolloutFile('  strategy: { switch: {} }\n  bake: { for: 1h, control: 5 }\n'),
    }
    expect(told(readingOf(files))).toContainEqual(
      expect.stringMatching(/^FieldNotSupported rollout.yml:7/),
    )
  })
})

describe('a Rollout that cannot be carried out is refused where it says so', () => {
  test.each<[string, string, string, Texts?]>([
    ['no strategy', `${TEMPLATE}  strategy: {}\n`, 'MissingField rollout.yml:11:3 exactly one of'],
    [
      'two strategies',
      `${TEMPLATE}  strategy: { blueGreen: {}, switch: {} }\n`,
      'MissingField rollout.yml:11:3 exactly one of',
    ],
    [
      'no steps',
      TEMPLATE + stepsFile().replace('steps:', 'steps: []'),
      'InvalidValue rollout.yml:13:7 "steps" Too small',
    ],
    [
      'a step of two things',
      TEMPLATE + stepsFile('{ setWeight: 5, pause: {} }'),
      'InvalidStep rollout.yml:14:11 a step says exactly one thing',
    ],
    [
      'a step of nothing',
      TEMPLATE + stepsFile('{}'),
      'InvalidStep rollout.yml:14:11 a step says exactly one thing',
    ],
    [
      'an unknown step',
      TEMPLATE + stepsFile('setWeigth: 5'),
      'UnknownField rollout.yml:14:11 unknown field "setWeigth": did you mean "setWeight"?',
    ],
    ['a weight of 0', TEMPLATE + stepsFile('setWeight: 0'), 'rollout.yml:14:22 '],
    ['a weight above 100', TEMPLATE + stepsFile('setWeight: 101'), 'rollout.yml:14:22 '],
    ['a weight as text', TEMPLATE + stepsFile('setWeight: "5"'), 'rollout.yml:14:22 '],
    ['half a percent', TEMPLATE + stepsFile('setWeight: 0.5'), 'rollout.yml:14:22 '],
    [
      'all traffic as a step',
      TEMPLATE + stepsFile('setWeight: 50', 'setWeight: 100'),
      'InvalidStep rollout.yml:15:22 100 % is the bake',
    ],
    [
      'row 36: weights that fall',
      TEMPLATE + stepsFile('setWeight: 50', 'setWeight: 10'),
      'InvalidStep rollout.yml:15:22 weights must rise: 10 comes after 50',
    ],
    [
      'row 36: weights that stay',
      TEMPLATE + stepsFile('setWeight: 50', 'setWeight: 50'),
      'InvalidStep rollout.yml:15:22 weights must rise: 50 comes after 50',
    ],
    [
      'row 36: a bake of 10 years',
      `${TEMPLATE}${CANARY}  bake: 87600h\n`,
      'InvalidDuration rollout.yml:18:9 "bake" must be a time span',
    ],
    [
      'row 36: ten thousand steps',
      TEMPLATE + stepsFile(...Array.from({ length: 10_000 }, () => 'pause: {}')),
      'LimitExceeded rollout.yml:',
    ],
    [
      'row 36: 51 steps',
      TEMPLATE + stepsFile(...Array.from({ length: 51 }, (_, index) => `setWeight: ${index + 1}`)),
      'InvalidValue rollout.yml:13:7 "steps" Too big',
    ],
    [
      'mirroring to what serves',
      TEMPLATE + stepsFile('setWeight: 10', 'setMirror: { percent: 10, duration: 1m }'),
      'InvalidStep rollout.yml:15:11 what has live traffic cannot be mirrored to',
    ],
    [
      'mirroring more than half',
      TEMPLATE + stepsFile('setMirror: { percent: 51, duration: 1m }'),
      'rollout.yml:14:33 ',
    ],
    [
      'a weight that the instances do not carry',
      TEMPLATE + stepsFile('setScale: { percent: 25 }', 'setWeight: 50'),
      'CapacityShort rollout.yml:15:22 50 % needs 2 of 4 instances, and setScale gives 1',
    ],
    [
      'mirroring that the instances do not carry',
      TEMPLATE +
        stepsFile('setScale: { instances: 1 }', 'setMirror: { percent: 50, duration: 1m }'),
      'CapacityShort rollout.yml:15:11 50 % needs 2 of 4',
    ],
    [
      'a scale by two measures',
      TEMPLATE + stepsFile('setScale: { percent: 25, instances: 1 }'),
      'MissingField rollout.yml:14:11 one of "percent" and "instances" is required',
    ],
    [
      'a scale by none',
      TEMPLATE + stepsFile('setScale: {}'),
      'MissingField rollout.yml:14:11 one of "percent" and "instances" is required',
    ],
    [
      'a scale of instances that Git leaves to others',
      TEMPLATE.replace('    instance_count: 4\n', '') + stepsFile('setScale: { instances: 2 }'),
      'ConflictingFields rollout.yml:13:11 "setScale" needs "instance_count"',
    ],
    [
      'an analysis before there is anything to judge',
      TEMPLATE + stepsFile('analysis: { templates: [errors], for: 1m }', 'setWeight: 10'),
      'InvalidStep rollout.yml:14:11 an analysis judges live traffic',
    ],
    [
      'a road that is longer than its deadline',
      `${TEMPLATE}${stepsFile('setWeight: 10', 'pause: { duration: 5h }')}  bake: 1h\n`,
      'ConflictingFields rollout.yml:4:1 its steps and bake take 21600 s, and the deadline is 21600 s',
    ],
    [
      'a road that is as long as its deadline',
      `${TEMPLATE}${CANARY}  bake: 15m\n  deadline: 30m\n`,
      'ConflictingFields rollout.yml:19:13 its steps and bake take 1800 s',
    ],
    [
      'an unknown template in a step',
      TEMPLATE + stepsFile('setWeight: 1', 'analysis: { templates: [erors], for: 1m }'),
      'UnknownTemplate rollout.yml:15:11 there is no AnalysisTemplate "erors" (declared: errors)',
    ],
    [
      'an unknown template beside the steps',
      `${TEMPLATE}${CANARY}  analysis: [latency]\n`,
      'UnknownTemplate rollout.yml:18:3 there is no AnalysisTemplate "latency"',
    ],
    [
      'a trial where there is traffic',
      TEMPLATE + stepsFile('trial: { input: azureml:day:1 }'),
      'UnknownField rollout.yml:14:11 ',
    ],
    [
      'switch for an online endpoint',
      `${TEMPLATE}  strategy: { switch: {} }\n`,
      'ConflictingFields rollout.yml:11:3 "switch" is for batch endpoints',
    ],
    [
      'a canary for a batch endpoint',
      CANARY,
      'ConflictingFields rollout.yml:6:3 "fraud" is a batch endpoint',
      { 'endpoint.yml': 'name: fraud\ndefaults: { deployment_name: blue }\n' },
    ],
    [
      'an analysis of a batch endpoint',
      '  strategy: { switch: {} }\n  analysis: [errors]\n',
      'FieldNotSupported rollout.yml:7:3 batch endpoints have no traffic to analyse',
      { 'endpoint.yml': 'name: fraud\ndefaults: { deployment_name: blue }\n' },
    ],
    [
      'mirroring on Kubernetes',
      TEMPLATE + stepsFile('setMirror: { percent: 10, duration: 1m }'),
      'FieldNotSupported rollout.yml:14:11 Kubernetes endpoints cannot mirror traffic',
      { 'endpoint.yml': `${ENDPOINT}compute: azureml:k8s\n` },
    ],
  ])('%s', (_, body, problem, more = {}) => {
    const read = reading(body, more)
    expect(told(read)).toContainEqual(expect.stringContaining(problem))
    expect(read.desired.every(({ rollout }) => rollout === undefined)).toBe(true)
  })
})

describe('the deadline of a step', () => {
  const road = (...lines: readonly string[]) => reading(TEMPLATE + stepsFile(...lines))
  const WATCHED = 'analysis: { templates: [errors], for: 10m }'

  test('is read with its policy, and is no part of the step', () => {
    const read = road(
      'setWeight: 10',
      `${WATCHED}\n          deadline: 1h`,
      'setMirror: { percent: 20, duration: 10m }\n          deadline: 11m',
    )
    expect(told(read)).toEqual([expect.stringContaining('InvalidStep')])
    const fine = rolloutOf(
      road(
        'setMirror: { percent: 20, duration: 10m }\n          deadline: 11m',
        'setWeight: 10',
        `${WATCHED}\n          deadline: 1h\n          onDeadline: pause`,
        'setWeight: 20\n          deadline: 30m\n          onDeadline: fail',
        'setScale: { percent: 100 }',
      ),
    )
    expect(fine.stepDeadlines).toEqual([
      { step: 0, ms: 11 * 60_000, policy: 'fail' },
      { step: 2, ms: HOUR_MS, policy: 'pause' },
      { step: 3, ms: HOUR_MS / 2, policy: 'fail' },
    ])
    expect(fine.steps[2]).not.toHaveProperty('deadline')
    expect(rolloutOf(road('setWeight: 10'))).not.toHaveProperty('stepDeadlines')
  })

  test.each<[string, readonly string[], string]>([
    [
      'of what is entered by no write',
      ['setWeight: 10', 'setScale: { percent: 100 }\n          deadline: 1h'],
      'FieldNotSupported rollout.yml:16:21 the time of "setScale" counts to the step before it',
    ],
    [
      'of a pause that a person ends',
      ['pause: {}\n          deadline: 1h'],
      'ConflictingFields rollout.yml:15:21 only a person ends this pause',
    ],
    [
      'of a weight that is one write with the step behind it',
      ['setWeight: 10\n          deadline: 1h', WATCHED],
      'ConflictingFields rollout.yml:15:21 the weight and the "analysis" behind it are one write',
    ],
    [
      'that is shorter than the step',
      ['setWeight: 10', `${WATCHED}\n          deadline: 10m`],
      'ConflictingFields rollout.yml:16:21 it takes 600 s, and its deadline is 600 s',
    ],
    [
      'that is longer than that of the rollout, which would always be over first',
      ['setWeight: 10', `${WATCHED}\n          deadline: 7h\n          onDeadline: pause`],
      'ConflictingFields rollout.yml:16:21 it is 25200 s, and the whole rollout ends at its "deadline" of 21600 s',
    ],
    [
      'that there is not, with a policy',
      ['setWeight: 10\n          onDeadline: pause'],
      'MissingField rollout.yml:15:23 "onDeadline" says what comes after a "deadline"',
    ],
    ['without a step', ['deadline: 1h'], 'InvalidStep rollout.yml:14:11 a step says exactly one'],
    [
      'with a policy that there is not',
      ['setWeight: 10\n          deadline: 1h\n          onDeadline: promote'],
      'rollout.yml:16:23',
    ],
    ['of no time', ['setWeight: 10\n          deadline: 5s'], 'rollout.yml:15:21'],
  ])('%s is told with its place', (_, lines, said) => {
    expect(told(road(...lines))).toEqual([expect.stringContaining(said)])
  })
})
