import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { withValue } from '../../../src/core/model/values/pointer.ts'
import { TAGS } from '../../../src/core/plan/ownership/ownership.ts'
import { deployment, endpoint } from '../../support/desired.ts'
import { live, story, Turns, world } from '../../support/world.ts'

const ENDPOINT = { kind: 'OnlineEndpoint', name: 'fraud' } as const
const BLUE = { kind: 'OnlineDeployment', parent: 'fraud', name: 'blue' } as const
const SPARE = { ...BLUE, name: 'spare' } as const
const both = [endpoint('fraud'), deployment('fraud', 'blue'), deployment('fraud', 'spare')]
const withoutSpare = both.slice(0, 2)

/** What the one blocked thing says. */
function toldIn(turns: Turns): string {
  const blocked = turns.plan().held.filter(({ state }) => state === 'blocked')
  expect(blocked).toHaveLength(1)
  return blocked[0]?.message ?? ''
}

/** Does what a message says: the command in it, until it is answered. */
function obey(turns: Turns, message: string): void {
  const [, target = ''] = /verdigris adopt (\S+) --why "<reason>"/.exec(message) ?? []
  expect(target).not.toBe('')
  const intent = { id: '1', verb: 'adopt', endpoint: target, who: 'anna', why: 'x', at: turns.now }
  turns.input = { ...turns.input, intents: [{ ...intent, verb: 'adopt' }] }
  for (let turn = 0; turn < 10; turn += 1) {
    const { answers } = turns.step()
    turns.now += 120_000
    const [answer] = answers
    if (answer === undefined || answer.result === 'pending') continue
    expect(answer.result).toBe('accepted')
    break
  }
  turns.input = { ...turns.input, intents: [] }
}

describe('what is blocked for want of proof goes on by what its message says', () => {
  test('a removed thing whose commit does not declare it: declared in one commit, removed in a later one', () => {
    const turns = new Turns(both)
    turns.settle()
    turns.meddle(SPARE, (body) => withValue(body, `/tags/${TAGS.revision}`, 'c0'))
    turns.commit(withoutSpare, 'c2')
    turns.settle()
    expect(toldIn(turns)).toContain('declare it in one commit')
    turns.commit(both, 'c3')
    turns.settle()
    turns.commit(withoutSpare, 'c4')
    expect(story(turns.settle())).toEqual(['delete_online_deployment spare'])
  })

  test('a failed create whose commit does not declare it: taken over, deleted and made again', () => {
    const turns = new Turns(withoutSpare)
    turns.step()
    turns.step('Failed')
    const failure = { code: 'InternalServerError', message: '' }
    turns.meddle(BLUE, (body) => withValue(body, `/tags/${TAGS.revision}`, 'c0'))
    turns.world = world(
      turns.world.resources.map((one) => (one.phase === 'Failed' ? { ...one, failure } : one)),
    )
    for (let turn = 0; turn < 3; turn += 1) {
      turns.step()
      turns.now += 120_000
    }
    obey(turns, toldIn(turns))
    turns.settle()
    expect(story(turns.actions.slice(-2))).toEqual([
      'delete_online_deployment blue',
      'create_online_deployment blue',
    ])
  })

  test('a removed endpoint with a foreign deployment: both declared, taken over, removed', () => {
    const turns = new Turns([...both.slice(0, 1), endpoint('other')])
    turns.settle()
    turns.world = world([...turns.world.resources, live(BLUE, { properties: {} })])
    turns.commit([endpoint('other')], 'c2')
    turns.settle()
    const message = toldIn(turns)
    turns.commit([...withoutSpare, endpoint('other')], 'c3')
    turns.settle()
    obey(turns, message)
    turns.settle()
    turns.commit([endpoint('other')], 'c4')
    expect(story(turns.settle())).toEqual([
      'delete_online_deployment blue',
      'delete_endpoint fraud',
    ])
    expect(turns.body(ENDPOINT)).toBeUndefined()
  })

  test.each([
    ['another Application’s', { [TAGS.application]: 'other', [TAGS.owner]: 'abcdefabcdef' }],
    ['nobody’s', {}],
    ['copied', { [TAGS.application]: 'app', [TAGS.owner]: 'abcdefabcdef', [TAGS.revision]: 'c9' }],
  ])('a thing with tags that are %s: taken over', (_, tags) => {
    const wanted = [endpoint('fraud', { description: 'ours' })]
    const body = { tags, properties: { description: 'theirs' } }
    const turns = new Turns(wanted, world([live(ENDPOINT, body)]))
    turns.settle()
    obey(turns, toldIn(turns))
    turns.settle()
    expect(turns.plan()).toMatchObject({ changes: [], held: [] })
    expect(turns.body(ENDPOINT)).toMatchObject({ properties: { description: 'ours' } })
  })
})

test('no text of the program advises to delete anything by hand', () => {
  const src = join(import.meta.dirname, '../../../src')
  const texts = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('sandbox/'))
    .map((file) => readFileSync(join(src, file), 'utf8'))
  for (const text of texts) expect(text).not.toMatch(/(delete|remove)[^.'`\n]{0,40} by hand/i)
})
