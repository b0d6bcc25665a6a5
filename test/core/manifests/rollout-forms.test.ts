import { describe, expect, test } from '@jest/globals'
import {
  CANARY,
  ENDPOINT,
  reading,
  readingOf,
  rolloutFile,
  stepsFile,
  TEMPLATE,
  type Texts,
  told,
} from './rollout-repository.ts'

const deployed = (name: string, instances = 4): string =>
  `name: ${name}\nendpoint_name: fraud\nmodel: azureml:fraud:1\nenvironment: azureml:fraud-env:1\ninstance_type: Standard_DS3_v2\ninstance_count: ${instances}\n`

describe('a Rollout that does not fit its endpoint and deployments is refused where it says so', () => {
  test.each<[string, string, string, Texts?]>([
    [
      'slots without a template',
      `  slots: [red, pink]\n${CANARY}`,
      'ConflictingFields rollout.yml:6:3 "slots" are for the template form',
    ],
    [
      'a template with a name',
      TEMPLATE.replace('model:', 'name: blue\n    model:') + CANARY,
      'ConflictingFields rollout.yml:7:11 "name" is given by the rollout',
    ],
    [
      'a template of a misspelt field',
      TEMPLATE.replace('model:', 'modle:') + CANARY,
      'UnknownField rollout.yml:7:5 unknown field "modle"',
    ],
    [
      'a template beside traffic that Git declares',
      TEMPLATE + CANARY,
      'ConflictingFields rollout.yml:6:3 with "template" the rollout moves the traffic',
      { 'endpoint.yml': `${ENDPOINT}traffic: { blue: 100 }\n` },
    ],
    [
      'a slot that a manifest declares too',
      TEMPLATE + CANARY,
      'DuplicateIdentity rollout.yml:4:1 OnlineDeployment/fraud/green is declared by a manifest too',
      { 'green.yml': deployed('green') },
    ],
    [
      'one slot',
      `${TEMPLATE}  slots: [blue]\n${CANARY}`,
      'InvalidValue rollout.yml:11:3 "slots" Too small',
    ],
    [
      'the same slot twice',
      `${TEMPLATE}  slots: [blue, Blue]\n${CANARY}`,
      'DuplicateIdentity rollout.yml:11:3 "blue" is one slot, and two are needed',
    ],
    [
      'a slot with a name that Azure does not take',
      `${TEMPLATE}  slots: [blue, b]\n${CANARY}`,
      'rollout.yml:11:17 "slots[1]" must be 3 to 32 characters long',
    ],
    [
      'an explicit form without a target',
      CANARY,
      'RolloutTarget rollout.yml:5:13 a Rollout needs one deployment to end at',
      {
        'endpoint.yml': `${ENDPOINT}traffic: { blue: 50, green: 50 }\n`,
        'blue.yml': deployed('blue'),
        'green.yml': deployed('green'),
      },
    ],
    [
      'mirroring that no step of it asks for',
      CANARY,
      'ConflictingFields rollout.yml:5:13 with a Rollout mirroring is a step of it',
      {
        'endpoint.yml': `${ENDPOINT}traffic: { blue: 100 }\nmirror_traffic: { green: 10 }\n`,
        'blue.yml': deployed('blue'),
        'green.yml': deployed('green'),
      },
    ],
    [
      'an explicit form that queues',
      `${CANARY}  onNewCommit: queue\n`,
      'ConflictingFields rollout.yml:13:16 "queue" needs the template form',
      { 'endpoint.yml': `${ENDPOINT}traffic: { blue: 100 }\n`, 'blue.yml': deployed('blue') },
    ],
    [
      'an explicit form whose target does not carry a weight',
      stepsFile('setScale: { instances: 1 }', 'setWeight: 50'),
      'CapacityShort rollout.yml:10:22 50 % needs 2 of 4 instances',
      {
        'endpoint.yml': `${ENDPOINT}traffic: { green: 100 }\n`,
        'blue.yml': deployed('blue', 1),
        'green.yml': deployed('green', 4),
      },
    ],
    ['a misspelt policy', `${TEMPLATE}${CANARY}  onFailure: rolback\n`, 'rollout.yml:18:14 '],
    [
      'a misspelt field',
      `${TEMPLATE}${CANARY}  baked: 1h\n`,
      'UnknownField rollout.yml:18:3 unknown field "baked": did you mean "bake"?',
    ],
  ])('%s', (_, body, problem, more = {}) => {
    const read = reading(body, more)
    expect(told(read)).toContainEqual(expect.stringContaining(problem))
    expect(read.desired.every(({ rollout }) => rollout === undefined)).toBe(true)
  })

  test('an endpoint that is not declared here', () => {
    expect(told(readingOf({ 'rollout.yml': rolloutFile(TEMPLATE + CANARY, 'other') }))).toEqual([
      expect.stringMatching(/^RolloutWithoutEndpoint rollout.yml:5:13 the endpoint "other" is not/),
    ])
  })

  test('two Rollouts of one endpoint: neither is taken, whatever the case of its name', () => {
    const read = readingOf({
      'rollout.yml': rolloutFile(TEMPLATE + CANARY),
      'second.yml': rolloutFile(TEMPLATE + CANARY, 'Fraud'),
    })
    expect(told(read)).toEqual([
      'DuplicateIdentity rollout.yml:5:13 "fraud" has more than one Rollout',
      'DuplicateIdentity second.yml:5:13 "fraud" has more than one Rollout',
    ])
    expect(read.desired.every(({ rollout }) => rollout === undefined)).toBe(true)
  })

  test.each(['v1beta1', 'v2', 'v1alpha1'])('row 40: the apiVersion %s', (version) => {
    const text = rolloutFile(TEMPLATE + CANARY).replace('/v1', `/${version}`)
    expect(told(readingOf({ 'rollout.yml': text }))).toContain(
      `UnsupportedApiVersion rollout.yml:1:13 apiVersion must be verdigris.dev/v1, not "verdigris.dev/${version}"`,
    )
  })
})
