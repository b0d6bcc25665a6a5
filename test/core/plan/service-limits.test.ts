import { describe, expect, test } from '@jest/globals'
import type { Ref } from '../../../src/core/model/ref.ts'
import { countsOf, passedLimits } from '../../../src/core/plan/capacity/service-limits.ts'
import { live } from '../../support/world.ts'

const named = (count: number, of: (name: string) => Ref): readonly Ref[] =>
  Array.from({ length: count }, (_, index) => of(`n${index}`))

const endpoints = (count: number, kind: 'OnlineEndpoint' | 'BatchEndpoint' = 'OnlineEndpoint') =>
  named(count, (name) => ({ kind, name }))
const deployments = (count: number, parent = 'fraud') =>
  named(count, (name) => ({ kind: 'OnlineDeployment', name, parent }))
/** So many, twenty of an endpoint. */
const spread = (count: number) =>
  Array.from({ length: count / 20 }, (_, index) => deployments(20, `e${index}`)).flat()

const passed = (is: readonly Ref[], made: readonly Ref[]) =>
  passedLimits(
    countsOf(
      is.map((ref) => live(ref, {})),
      made,
    ),
  )

describe("Azure's limits on endpoints and deployments", () => {
  test.each<[string, readonly Ref[], readonly Ref[], string | undefined]>([
    ['exactly full', [], endpoints(100), undefined],
    ['one too many', endpoints(60), endpoints(101), '101 endpoints (60 live): Azure allows 100'],
    [
      'both kinds count together',
      endpoints(60),
      endpoints(41, 'BatchEndpoint'),
      '101 endpoints (60 live): Azure allows 100',
    ],
    ['what is there is not counted twice', deployments(20), deployments(20), undefined],
    [
      'of one endpoint',
      deployments(20),
      deployments(21),
      '21 deployments of OnlineEndpoint/fraud (20 live): Azure allows 20',
    ],
    ['five hundred of all', spread(480), spread(500), undefined],
    [
      'more than five hundred of all',
      spread(480),
      spread(520),
      '520 deployments (480 live): Azure allows 500',
    ],
    ['other kinds do not count', [], named(600, (name) => ({ kind: 'Model', name })), undefined],
  ])('%s', (_, is, made, said) => {
    const expected = said === undefined ? [] : [expect.stringContaining(said)]
    expect(passed(is, made)).toEqual(expected)
  })

  test('a limit that more is live than it allows has been raised, and is spoken of no more', () => {
    expect(passed(deployments(21), deployments(25))).toEqual([])
    expect(passed(endpoints(101), endpoints(150))).toEqual([])
  })
})
