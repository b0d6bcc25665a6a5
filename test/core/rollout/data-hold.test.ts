import { describe, expect, test } from '@jest/globals'
import type { Judgement, Step } from '../../../src/core/model/rollout.ts'
import { stepsHash } from '../../../src/core/rollout/record.ts'
import { ERRORS, MINUTE_MS } from './play.ts'
import { baking, lever, moving, next, rollout, there } from './situations.ts'

type Changes = NonNullable<Parameters<typeof next>[0]>

const NONE = { requests: 0, errors: 0 }
const STEPS: readonly Step[] = [
  { type: 'setWeight', percent: 5 },
  { type: 'pause', durationMs: MINUTE_MS },
  { type: 'setWeight', percent: 50 },
  { type: 'pause', durationMs: MINUTE_MS },
]
const WATCHED = rollout({ analysis: [ERRORS], steps: STEPS })

/** The check has nothing to say, for this reason. */
function silent(reason: string, missing?: Judgement['missing']): Changes {
  const judgement: Judgement = {
    id: ERRORS.id,
    name: 'errors',
    provider: 'web',
    outcome: 'noData',
    reason,
    message: 'x',
    samples: { stable: NONE, candidate: NONE },
    ...(missing === undefined ? {} : { missing }),
  }
  return { rollout: WATCHED, judgementOf: () => judgement }
}

const DOWN = silent('Unreachable', 'answer')
const LATE = silent('StaleSamples', 'answer')
const UNUSED = silent('NoRequests', 'requests')
/** Before there is traffic nothing is missing. */
const BEFORE = silent('NoTraffic')

/** Users are on the candidate, and the pause that the record is at is over. */
function paused(step: number): Changes {
  return { record: moving(step, { startMs: 1, stepsHash: stepsHash(STEPS) }) }
}

const UNSEEN = rollout({ analysis: [], steps: [{ type: 'analysis', checks: [ERRORS], forMs: 1 }] })

/** `pause` ends by its clock, and so would the bake; a check that is always watched has no data. */
describe('without data no clock ends a step (S29)', () => {
  const held5 = 'progressing 1 {"blue":95,"green":5} stays: NoData'
  const held50 = 'progressing 3 {"blue":50,"green":50} stays: NoData'
  const promote = { intents: lever('promote') }
  test.each<[string, Changes, string]>([
    [
      'the first step waits for a provider that is down',
      DOWN,
      'stable 0 {"blue":100} stays: NoData',
    ],
    [
      'and not for requests that nobody can send yet',
      BEFORE,
      'progressing 1 {"blue":95,"green":5} started',
    ],
    [
      'nor for a provider of a step that is ahead, unless that is down, too',
      { ...silent('Unreachable'), rollout: { ...UNSEEN, steps: [...STEPS, ...UNSEEN.steps] } },
      'stable 0 {"blue":100} stays: NoData',
    ],
    ['a pause that is over holds while the provider is down', { ...DOWN, ...paused(1) }, held5],
    ['while its samples are old', { ...LATE, ...paused(1) }, held5],
    ['and while the candidate has had no request', { ...UNUSED, ...paused(1) }, held5],
    ['so does the last one before full traffic', { ...UNUSED, ...paused(3) }, held50],
    [
      'somebody may go on without data',
      { ...DOWN, ...paused(1), ...promote },
      'progressing 3 {"blue":50,"green":50} step',
    ],
    ['also to full traffic', { ...DOWN, ...paused(3), ...promote }, 'baking 4 {"green":100} step'],
    [
      'a bake that is over holds, too',
      { ...DOWN, record: baking() },
      'baking 7 {"green":100} stays: NoData',
    ],
  ])('%s', (_, changes, expected) => expect(next(changes)).toBe(expected))
})

describe('a provider that is down for half an hour (S28)', () => {
  const live = { blue: 95, green: 5 }
  const blind = { ...DOWN, ...paused(1), live, blindMs: 30 * MINUTE_MS }
  const stays = 'progressing 1 {"blue":95,"green":5} stays: NoData'
  test.each<[string, Changes, string]>([
    ['gives users back to the stable revision', blind, 'stable 0 {"blue":100} superseded!'],
    ['and not a moment sooner', { ...blind, blindMs: 30 * MINUTE_MS - 1 }, stays],
    ['nor where no user is on the candidate', { ...blind, live: { blue: 100 } }, stays],
    [
      'nor where there is nothing to go back to',
      { ...blind, deployments: there('green') },
      'baking 4 {"green":100} adopted!',
    ],
  ])('%s', (_, changes, expected) => expect(next(changes)).toBe(expected))
})
