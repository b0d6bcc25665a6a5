import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { hashOf } from '../../../src/core/model/values/hash.ts'
import {
  MAX_TAG,
  notAhead,
  type RolloutRecord,
  recordOf,
  stableRecord,
  stepsHash,
  textOfRecord,
} from '../../../src/core/rollout/record.ts'

const KEY = 'OnlineEndpoint/fraud'
const NOW = 1_800_000_000_000
/** Of a clock that runs to the year 9999. */
const LAST_MS = 253_402_300_799_999
const PARAMETERS = { seed: 20_261_125, numRuns: 500 } as const

const BAKING: RolloutRecord = {
  ...stableRecord({ slot: 'blue', rev: '3f2a9c1e' }, NOW),
  phase: 'baking',
  candidate: { slot: 'green', rev: '77aa1122' },
  step: 5,
  stepsHash: 'a1b2',
  startMs: NOW - 2,
  beganMs: NOW - 3,
}

const rev = fc
  .array(fc.constantFrom(...'0123456789abcdef'), { minLength: 8, maxLength: 8 })
  .map((digits) => digits.join(''))
const name = fc
  .tuple(
    fc.constantFrom(...'abcz'),
    fc.array(fc.constantFrom(...'abz019-'), { minLength: 1, maxLength: 30 }),
    fc.constantFrom(...'abc9'),
  )
  .map(([head, middle, end]) => `${head}${middle.join('')}${end}`)
const slot = fc.record({ slot: name, rev })
const time = fc.integer({ min: 0, max: LAST_MS })
const mark = fc
  .array(fc.constantFrom(...'0123456789abcdef'), { minLength: 4, maxLength: 4 })
  .map((digits) => digits.join(''))

const records: fc.Arbitrary<RolloutRecord> = fc
  .record(
    {
      phase: fc.constantFrom('stable', 'progressing', 'baking', 'aborted'),
      stable: slot,
      candidate: slot,
      previous: slot,
      untilMs: time,
      step: fc.integer({ min: 0, max: 50 }),
      stepsHash: mark,
      sinceMs: time,
      startMs: time,
      beganMs: time,
      isPaused: fc.boolean(),
      isAlone: fc.constant(true as const),
      isOverdue: fc.constant(true as const),
      tried: fc.tuple(fc.constantFrom('a', 'g', 't'), mark).map((both) => both.join('')),
      reference: fc
        .tuple(fc.nat(2_000_000_000), fc.nat(2_000_000_000))
        .map((pair) => ({ requests: Math.max(...pair), errors: Math.min(...pair) })),
    },
    {
      requiredKeys: [
        'phase',
        'stable',
        'candidate',
        'step',
        'sinceMs',
        'startMs',
        'beganMs',
        'isPaused',
      ],
    },
  )
  .map(({ isOverdue, ...record }) => {
    const isOfBake = record.isAlone === true || record.reference !== undefined
    return isOverdue === undefined || isOfBake ? record : { ...record, isOverdue }
  })

describe(`any record (seed ${PARAMETERS.seed})`, () => {
  test('reads back as it was written', () => {
    fc.assert(
      fc.property(records, (record) => {
        expect(recordOf(textOfRecord(record, KEY), KEY)).toEqual(record)
      }),
      PARAMETERS,
    )
  })

  test('has a text that Azure takes as the value of a tag', () => {
    fc.assert(
      fc.property(records, (record) => {
        const text = textOfRecord(record, KEY)
        expect(text.length).toBeLessThanOrEqual(MAX_TAG)
        expect(text).toMatch(/^[\w.=;-]+$/)
      }),
      PARAMETERS,
    )
  })

  test('is no record any more when one character of its text is another one', () => {
    const change = fc.tuple(records, fc.nat(400), fc.constantFrom(...'0az;=.x'))
    fc.assert(
      fc.property(change, ([record, at, character]) => {
        const text = textOfRecord(record, KEY)
        const place = at % text.length
        const changed = text.slice(0, place) + character + text.slice(place + 1)
        fc.pre(changed !== text)
        expect(recordOf(changed, KEY)).toBeUndefined()
      }),
      PARAMETERS,
    )
  })
})

const SLOT = { slot: `a${'b'.repeat(31)}`, rev: 'ffffffff' }
const LONGEST = {
  stable: SLOT,
  candidate: SLOT,
  untilMs: LAST_MS,
  step: 49,
  stepsHash: 'ffff',
  sinceMs: LAST_MS,
  startMs: LAST_MS,
  beganMs: LAST_MS,
  spentMs: LAST_MS,
  isPaused: false,
  isAlone: true,
  previous: SLOT,
} as const
const TALLY = { requests: 2_000_000_000, errors: 2_000_000_000 }

// Only a bake has a reference, or is alone, and nothing pauses one.
const { isAlone: _, ...SHORTER } = LONGEST
const OVERDUE = { ...SHORTER, phase: 'progressing', isPaused: true, isOverdue: true } as const

// Only an abort has a mark of what said no, and it leaves no reference and no pause.
test.each<[string, RolloutRecord]>([
  [
    'of a rollout on its way',
    { ...LONGEST, phase: 'progressing', isPaused: true, reference: TALLY },
  ],
  ['that a step’s deadline paused', OVERDUE],
  ['of an abort', { ...LONGEST, phase: 'aborted', tried: 'gffff' }],
])('the longest record there can be fits into a tag: one %s', (_, record) => {
  const text = textOfRecord(record, KEY)
  expect(text.length).toBeLessThanOrEqual(MAX_TAG)
  expect(recordOf(text, KEY)).toEqual(record)
})

describe('what is no record', () => {
  const text = textOfRecord(BAKING, KEY)

  test('a copied record of another endpoint does not parse', () => {
    expect(recordOf(text, KEY)).toEqual(BAKING)
    expect(recordOf(text, 'OnlineEndpoint/other')).toBeUndefined()
    expect(recordOf(text, 'BatchEndpoint/fraud')).toBeUndefined()
  })

  test.each([
    ['nothing', ''],
    ['prose', 'all is well'],
    ['a check alone', ';h=000000'],
    ['a record cut short', text.slice(0, 60)],
    ['a record with something behind it', `${text};x=1`],
    ['a record with its check left out', text.slice(0, text.lastIndexOf(';'))],
    ['two records', `${text}${text}`],
  ])('%s', (_, said) => {
    expect(recordOf(said, KEY)).toBeUndefined()
  })

  test('a record of a version to come, though we may have written it', () => {
    const signed = (version: string): string => {
      const body = text.slice(0, text.lastIndexOf(';')).replace(/^v1/, version)
      return `${body};h=${hashOf(`${KEY}\n${body}`, 6)}`
    }
    expect([recordOf(signed('v1'), KEY), recordOf(signed('v2'), KEY)]).toEqual([BAKING, undefined])
  })

  // A check says who wrote it, not that it makes sense: each of these has the right one.
  test.each<[string, Partial<Record<keyof RolloutRecord, unknown>>]>([
    ['a phase that is unknown', { phase: 'promoted' }],
    ['a deployment with a name that none has', { stable: { slot: 'Blue!', rev: '3f2a9c1e' } }],
    ['a revision of another form', { stable: { slot: 'blue', rev: '3f2a' } }],
    ['a step before the first', { step: -1 }],
    ['something on its way without a candidate', { candidate: undefined }],
    ['a time that is none', { sinceMs: Number.NaN }],
  ])('%s, though the check fits', (_, change) => {
    const said = { ...BAKING, ...change } as RolloutRecord
    expect(recordOf(textOfRecord(said, KEY), KEY)).toBeUndefined()
  })
})

test('roads differ by any word of their steps, and only by that', () => {
  const road = [{ type: 'setWeight', percent: 10 } as const, { type: 'pause' } as const]
  expect(stepsHash(road)).toBe(stepsHash([...road]))
  expect(stepsHash(road)).not.toBe(
    stepsHash([{ type: 'setWeight', percent: 11 }, { type: 'pause' }]),
  )
  expect(stepsHash(road)).not.toBe(stepsHash(road.slice(0, 1)))
  expect(stepsHash(road)).not.toBe(stepsHash([...road].reverse()))
})

describe('a record of a clock that was ahead (S31)', () => {
  const HOUR_MS = 3_600_000
  const ahead = { ...BAKING, sinceMs: NOW + HOUR_MS, startMs: NOW + HOUR_MS - 60_000 }

  test('counts from when it was first seen, and is kept for as long as was meant', () => {
    expect(notAhead({ ...ahead, untilMs: NOW + 2 * HOUR_MS }, NOW)).toEqual({
      ...ahead,
      sinceMs: NOW,
      startMs: NOW,
      untilMs: NOW + HOUR_MS,
    })
  })

  test('keeps what was dated rightly, and what was not dated', () => {
    const begun = { ...ahead, startMs: NOW - 60_000 }
    expect(notAhead(begun, NOW)).toEqual({ ...begun, sinceMs: NOW })
    const rest = stableRecord(BAKING.stable, NOW + HOUR_MS)
    expect(notAhead(rest, NOW)).toEqual({ ...rest, sinceMs: NOW })
  })

  test('within a minute is taken as it is', () => {
    expect(notAhead(BAKING, NOW - 60_000)).toBe(BAKING)
    expect(notAhead(BAKING, NOW + HOUR_MS)).toBe(BAKING)
  })
})
