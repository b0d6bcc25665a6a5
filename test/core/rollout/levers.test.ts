import { describe, expect, test } from '@jest/globals'
import type { IntentVerb } from '../../../src/core/model/rollout.ts'
import { advance } from '../../../src/core/rollout/decide/advance.ts'
import { NOW } from '../../support/world.ts'
import { ERRORS, HOUR_MS } from './play.ts'
import {
  AT,
  aborted,
  BLUE,
  baking,
  candidate,
  facts,
  GREEN,
  lever,
  moving,
  next,
  probed,
  record,
  rollout,
  situation,
  there,
} from './situations.ts'

type Changes = Parameters<typeof next>[0]

/** Every phase that a lever may meet. */
const PHASES: { readonly [phase: string]: Changes } = {
  'at home': { wanted: BLUE },
  'at home, inside the window': {
    wanted: BLUE,
    record: record({ previous: GREEN, untilMs: NOW + HOUR_MS }),
  },
  'about to begin': { deployments: candidate({ isReady: false }) },
  'in an analysis': { record: moving(AT.analysis), inForceMs: 0 },
  'in a pause for somebody': { record: moving(AT.pause) },
  paused: { record: moving(AT.analysis, { isPaused: true }), inForceMs: 0 },
  baking: { record: baking(), inForceMs: 0 },
  aborted: { record: aborted() },
  'without a record': { record: undefined, live: { blue: 90, green: 10 } },
}

const HOME = 'stable 0 {"blue":100}'
const HERE = 'progressing 3 {"blue":95,"green":5}'
const PAUSED = `${HERE} stays: Paused`
const NOT_APPLIED = 'aborted 3 {"blue":100} stays: RolloutAborted'

/** What each lever makes of each phase; a lever that moves nothing is refused, with the reason. */
const TABLE: { readonly [phase: string]: Readonly<Record<IntentVerb, string>> } = {
  'at home': all(`refused ${HOME} stays: Stable`),
  'at home, inside the window': {
    ...all(`refused ${HOME} stays: Stable`),
    undo: 'accepted aborted 0 {"green":100} rolled_back!',
  },
  'about to begin': {
    ...all(`refused ${HOME} stays: Provisioning`),
    abort: 'accepted aborted 0 {"blue":100} aborted',
  },
  'in an analysis': {
    ...all(`refused ${HERE} stays: Analyzing`),
    abort: 'accepted aborted 3 {"blue":100} aborted!',
    undo: 'accepted aborted 3 {"blue":100} aborted!',
    pause: `accepted ${HERE} paused`,
    promote: 'accepted progressing 6 {"blue":50,"green":50} step',
  },
  'in a pause for somebody': {
    ...all('refused progressing 6 {"blue":50,"green":50} stays: WaitsForPromote'),
    abort: 'accepted aborted 6 {"blue":100} aborted!',
    undo: 'accepted aborted 6 {"blue":100} aborted!',
    pause: 'accepted progressing 6 {"blue":50,"green":50} paused',
    promote: 'accepted baking 7 {"green":100} step',
  },
  paused: {
    ...all(`refused ${PAUSED}`),
    abort: 'accepted aborted 3 {"blue":100} aborted!',
    undo: 'accepted aborted 3 {"blue":100} aborted!',
    resume: `accepted ${HERE} resumed`,
  },
  baking: {
    ...all('refused baking 7 {"green":100} stays: Baking'),
    abort: 'accepted aborted 7 {"blue":100} aborted!',
    undo: 'accepted aborted 7 {"blue":100} aborted!',
    promote: 'accepted stable 0 {"green":100} fast_promoted',
  },
  aborted: {
    ...all(`refused ${NOT_APPLIED}`),
    retry: 'accepted stable 0 {"blue":100} retried',
  },
  'without a record': {
    ...all('refused none {"blue":90,"green":10} stays: RolloutStateUnknown'),
    abort: 'accepted stable 0 {"blue":100} adopted!',
    promote: 'accepted stable 0 {"green":100} adopted!',
  },
}

function all(said: string): Readonly<Record<IntentVerb, string>> {
  return { abort: said, undo: said, retry: said, pause: said, resume: said, promote: said }
}

const rows = Object.entries(TABLE).flatMap(([phase, verbs]) =>
  Object.entries(verbs).map(([verb, expected]) => [verb as IntentVerb, phase, expected] as const),
)

describe('levers', () => {
  test.each(rows)('%s %s', (verb, phase, expected) => {
    const changes = { ...PHASES[phase], intents: lever(verb) }
    const { answers } = advance(situation(changes))
    expect(`${answers[0]?.result} ${next(changes)}`).toBe(expected)
    expect(answers[0]?.message).not.toBe('')
  })

  test('of two in one tick the way back counts', () => {
    const intents = lever('promote', 'abort')
    const { answers, record: after } = advance(situation({ record: moving(AT.pause), intents }))
    expect(after?.phase).toBe('aborted')
    expect(answers.map(({ intent, result }) => `${intent.verb} ${result}`).sort()).toEqual([
      'abort accepted',
      'promote refused',
    ])
  })

  test.each([
    ['pause', 'resume', { record: moving(AT.analysis), inForceMs: 0 }, HERE],
    ['resume', 'promote', PHASES.paused, HERE],
    ['abort', 'retry', PHASES['in an analysis'], HOME],
    ['retry', 'pause', PHASES.aborted, HOME],
  ] as const)(
    '%s and then %s: the second is not refused, it comes next',
    (first, second, at, end) => {
      const intents = lever(first, second)
      const { answers, record: after } = advance(situation({ ...at, intents }))
      expect(answers.map(({ result }) => result)).toEqual(['accepted', 'pending'])
      expect(answers[1]?.message).toBe(`${first}, which was said before it, comes first.`)
      if (second === 'resume' || second === 'retry')
        expect(next({ ...at, record: after, intents: lever(second) })).toContain(end)
    },
  )

  test.each(['promote', 'pause', 'resume'] as const)('%s does not outvote a verdict', (verb) => {
    const changes = { record: moving(AT.analysis), outcome: 'fail', intents: lever(verb) } as const
    expect(next(changes)).toBe('aborted 3 {"blue":100} aborted!')
  })

  test('promote does not outvote a verdict that is held either', () => {
    const held = { rollout: rollout({ onFailure: 'hold' }), record: moving(AT.analysis) }
    const changes = { ...held, outcome: 'fail', intents: lever('promote') } as const
    expect(next(changes)).toBe(`${HERE} stays: Said`)
    expect(next({ ...changes, intents: lever('abort') })).toBe('aborted 3 {"blue":100} aborted!')
  })

  test('promote moves no traffic to instances that are not there', () => {
    const short = candidate({ instances: 2 })
    const changes = { record: moving(AT.pause), deployments: short, intents: lever('promote') }
    expect(next(changes)).toBe('progressing 6 {"blue":50,"green":50} stays: CapacityShort')
  })

  test('promote passes one step, not the next', () => {
    const steps = [{ type: 'pause' }, { type: 'pause' }] as const
    const road = { rollout: rollout({ steps }), probes: probed(0.5) }
    const begun = advance(situation(road)).record
    if (begun === undefined) throw new Error('it has not begun')
    expect(next({ ...road, record: begun, intents: lever('promote') })).toBe(
      'progressing 1 {"blue":100} step',
    )
  })

  test('pause holds the steps and not the verdict', () => {
    const paused = moving(AT.pause, { isPaused: true })
    const watched = { record: paused, rollout: rollout({ analysis: [ERRORS] }) }
    expect(next({ ...watched, outcome: 'fail' })).toBe('aborted 6 {"blue":100} aborted!')
  })

  test('after resume the time of the step begins anew', () => {
    const record = moving(AT.analysis, { isPaused: true })
    const { record: after } = advance(situation({ record, intents: lever('resume') }))
    expect(after).toMatchObject({ isPaused: false, sinceMs: NOW })
  })

  test.each([
    ['is down', facts({ isUp: false })],
    ['runs another revision', facts({ rev: '33333333' })],
  ])('undo does not go to what %s', (_, of) => {
    const warm = record({ previous: GREEN, untilMs: NOW + 1 })
    const deployments = new Map([
      ['blue', facts()],
      ['green', of],
    ])
    const changes = { wanted: BLUE, record: warm, deployments, intents: lever('undo') }
    expect(next(changes)).toBe(`${HOME} stays: Stable`)
  })

  test('undo after the window finds nothing to go back to', () => {
    const over = record({ previous: GREEN, untilMs: NOW })
    expect(next({ wanted: BLUE, record: over, intents: lever('undo') })).toBe(`${HOME} released`)
  })

  test('undo that was said within the window and waited for Azure past its end is carried out', () => {
    const over = record({ previous: GREEN, untilMs: NOW })
    const intents = lever('undo').map((said) => ({ ...said, at: NOW - 1 }))
    expect(next({ wanted: BLUE, record: over, intents })).toBe(
      'aborted 0 {"green":100} rolled_back!',
    )
  })

  test.each([
    ['retry', record()],
    ['abort', aborted()],
    ['pause', moving(AT.analysis, { isPaused: true })],
    ['resume', moving(AT.analysis)],
  ] as const)(
    '%s that was carried out before its answer was lost is accepted when it is said again',
    (verb, after) => {
      const carriedOutAt = NOW - HOUR_MS
      const results = [carriedOutAt - 1, carriedOutAt + 1].map((at) => {
        const intents = lever(verb).map((said) => ({ ...said, at }))
        const asked = { record: { ...after, sinceMs: carriedOutAt }, intents, inForceMs: 0 }
        return advance(situation(asked)).answers.map(({ result }) => result)
      })
      expect(results).toEqual([['accepted'], ['refused']])
    },
  )

  test.each([
    ['abort', true, 'pending'],
    ['undo', true, 'pending'],
    ['pause', true, 'refused'],
    ['abort', false, 'refused'],
  ] as const)('%s while stable is gone, and made again: %s, is %s', (verb, isRemade, expected) => {
    const alone = { record: baking({ isAlone: true }), live: { green: 100 } }
    const asked = { ...alone, deployments: there('green'), isRemade, intents: lever(verb) }
    const { answers } = advance(situation(asked))
    expect(answers.map(({ result }) => result)).toEqual([expected])
  })

  test('retry lets the same revision begin again, and keeps the window', () => {
    const before = aborted({ previous: { slot: 'grey', rev: '44444444' } })
    const { record: after } = advance(situation({ record: before, intents: lever('retry') }))
    expect(after).toMatchObject({ phase: 'stable', previous: { slot: 'grey' } })
    expect(next({ record: after, probes: probed(0.5) })).toContain('started')
  })
})
