import { describe, expect, test } from '@jest/globals'
import type { Live } from '../../../src/core/model/live.ts'
import { keyOf } from '../../../src/core/model/ref.ts'
import type { JsonObject } from '../../../src/core/model/values/json.ts'
import { bereftOf, unlistedIn } from '../../../src/core/plan/prune/unlisted.ts'
import { type RolloutRecord, textOfRecord } from '../../../src/core/rollout/record.ts'
import { live, world } from '../../support/world.ts'
import { FRAUD, slotRef } from '../rollout/play.ts'
import { aborted, baking, moving, record } from '../rollout/situations.ts'

const GREY = { slot: 'grey', rev: '33333333' } as const

function endpoint(said: RolloutRecord | undefined, properties: JsonObject = {}): Live {
  const tags = said && { 'verdigris.rollout': textOfRecord(said, keyOf(FRAUD)) }
  return live(FRAUD, { properties, tags: tags ?? {} })
}

function named(...resources: readonly Live[]): readonly string[] {
  return unlistedIn(resources, {}).map(({ name }) => name)
}

describe('what is read directly because a list does not show it (S26)', () => {
  test.each<[string, Live, readonly string[]]>([
    ['what the record stands for', endpoint(record()), ['blue']],
    ['the revision of before', endpoint(record({ previous: GREY, untilMs: 1 })), ['blue', 'grey']],
    ['the candidate on its way', endpoint(moving(3)), ['blue', 'green']],
    ['and in the bake', endpoint(baking()), ['blue', 'green']],
    ['not one that was aborted: it may be gone', endpoint(aborted()), ['blue']],
    ['what has traffic', endpoint(undefined, { traffic: { pink: 100 } }), ['pink']],
    ['what has mirrored traffic', endpoint(undefined, { mirrorTraffic: { pink: 10 } }), ['pink']],
    ['nothing of an endpoint without both', endpoint(undefined, { traffic: { pink: 0 } }), []],
  ])('%s', (_, one, expected) => expect(named(one)).toEqual(expected))

  test.each(['record', 'seen'] as const)(
    'what a lost record said, as this process knows it: %s',
    (field) => {
      const memory = { [keyOf(FRAUD)]: { [field]: textOfRecord(moving(3), keyOf(FRAUD)) } }
      const lost = endpoint(undefined)
      expect(unlistedIn([lost], memory).map(({ name }) => name)).toEqual(['blue', 'green'])
      const absent = new Set(['OnlineDeployment/fraud/blue'])
      expect(bereftOf({ ...world([lost]), absent }, memory)).toEqual([keyOf(FRAUD)])
    },
  )

  test('and nothing that a list shows', () => {
    expect(named(endpoint(moving(3)), live(slotRef('blue')), live(slotRef('green')))).toEqual([])
  })

  test('nor what another endpoint has under the same name', () => {
    const other = live({ ...slotRef('blue'), parent: 'other' })
    expect(named(endpoint(record()), other)).toEqual(['blue'])
  })
})

describe('an endpoint is bereft', () => {
  const of = (...absent: readonly string[]) =>
    bereftOf({ ...world([endpoint(record())]), absent: new Set(absent) }, {})

  test.each<[string, Live['phase'], readonly string[]]>([
    ['when its stable deployment has not come up', 'Failed', [keyOf(FRAUD)]],
    ['or is not there yet', 'Provisioning', [keyOf(FRAUD)]],
    ['and not while it is up', 'Ready', []],
  ])('%s', (_, phase, expected) => {
    const blue = live(slotRef('blue'), {}, phase)
    expect(bereftOf(world([endpoint(record()), blue]), {})).toEqual(expected)
  })

  test('when a GET did not find its stable deployment', () => {
    expect(of('OnlineDeployment/fraud/blue')).toEqual([keyOf(FRAUD)])
  })

  test('not because a list does not show it, nor for another one that is gone', () => {
    expect([of(), of('OnlineDeployment/fraud/green')]).toEqual([[], []])
  })
})
