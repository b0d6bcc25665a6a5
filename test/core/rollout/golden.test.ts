import { describe, expect, test } from '@jest/globals'
import type { Expectation, GoldenRequest } from '../../../src/core/model/rollout.ts'
import type { Json, JsonObject } from '../../../src/core/model/values/json.ts'
import { faultOf } from '../../../src/core/rollout/golden/golden.ts'
import { schemaComplaint } from '../../../src/core/rollout/golden/json-schema.ts'

/** What is wrong with an answer, in words. */
function mismatchOf(...given: Parameters<typeof faultOf>): string | undefined {
  return faultOf(...given)?.message
}

function asked(expect: Expectation, more: Partial<GoldenRequest> = {}): GoldenRequest {
  return { name: 'one.json', request: {}, status: 200, maxLatencyMs: 1000, expect, ...more }
}

function said(body: Json | undefined, more: { status?: number; latencyMs?: number } = {}) {
  return { name: 'one.json', status: 200, latencyMs: 100, body, ...more }
}

const equal = (value: Json, tolerance = 0): Expectation => ({ is: 'equal', value, tolerance })
const subset = (value: Json, tolerance = 0): Expectation => ({ is: 'subset', value, tolerance })
const ofSchema = (schema: JsonObject): Expectation => ({ is: 'schema', schema })
const ANYTHING: Expectation = { is: 'anything' }

describe('an answer as Git says it', () => {
  test.each<[string, Expectation, Json | undefined]>([
    ['the very value', equal({ a: [1, 'x', null, true] }), { a: [1, 'x', null, true] }],
    ['with its keys in another order', equal({ a: 1, b: 2 }), { b: 2, a: 1 }],
    ['within the tolerance', equal({ score: 0.5 }, 0.01), { score: 0.509 }],
    ['within the tolerance deep inside', equal([[{ p: [0.1] }]], 0.01), [[{ p: [0.101] }]]],
    ['more than a subset', subset({ score: 0.5 }), { score: 0.5, model: 'x' }],
    ['more than a subset inside a list', subset([{ score: 1 }]), [{ score: 1, extra: 2 }]],
    ['an empty subset', subset({}), { anything: 1 }],
    ['of the schema', ofSchema({ type: 'object', required: ['a'] }), { a: 1, b: 2 }],
    ['anything at all', ANYTHING, { a: 1 }],
    ['anything at all, JSON or not', ANYTHING, undefined],
  ])('%s', (_, expectation, body) => {
    expect(mismatchOf(asked(expectation), said(body))).toBeUndefined()
  })

  test('with the status that is expected, which may be an error', () => {
    expect(mismatchOf(asked(ANYTHING, { status: 422 }), said({}, { status: 422 }))).toBeUndefined()
  })

  test('exactly as late as is allowed', () => {
    expect(mismatchOf(asked(ANYTHING), said({}, { latencyMs: 1000 }))).toBeUndefined()
  })
})

describe('an answer that is another one is told by its place', () => {
  test.each<[string, Expectation, Json | undefined, RegExp]>([
    ['another number', equal({ score: 0.5 }), { score: 0.51 }, /differs at \/score$/],
    ['just beyond the tolerance', equal({ score: 0.5 }, 0.01), { score: 0.5101 }, /\/score$/],
    ['something more than the very value', equal({ a: 1 }), { a: 1, b: 2 }, /\/b$/],
    ['something less than a subset', subset({ a: 1, b: 2 }), { a: 1 }, /\/b$/],
    ['a list that is longer', subset([1]), [1, 2], /its root$/],
    ['a list that is shorter', equal({ l: [1, 2] }), { l: [1] }, /\/l$/],
    ['a list in another order', equal([1, 2]), [2, 1], /\/0$/],
    ['a number as text', equal({ a: 1 }), { a: '1' }, /\/a$/],
    ['null for a value', equal({ a: 1 }), { a: null }, /\/a$/],
    ['nothing for null', equal({ a: null }), {}, /\/a$/],
    ['an object for a list', equal([]), {}, /its root$/],
    ['a list for an object', subset({}), [], /its root$/],
    ['no JSON', equal(1), undefined, /no JSON/],
    ['no JSON where a schema is', ofSchema({}), undefined, /no JSON/],
    [
      'not of the schema',
      ofSchema({ properties: { a: { type: 'string' } }, type: 'object' }),
      { a: 1 },
      /schema at \/a$/,
    ],
    ['a key of the prototype is none of its own', subset({ toString: 'x' }), {}, /\/toString$/],
  ])('%s', (_, expectation, body, message) => {
    expect(mismatchOf(asked(expectation), said(body))).toMatch(message)
  })

  test('another status is told before anything else', () => {
    const answer = said({ a: 2 }, { status: 500, latencyMs: 5000 })
    expect(mismatchOf(asked(equal({ a: 1 })), answer)).toBe('status 500, expected 200')
  })

  test('too late is told also when the answer is right', () => {
    const answer = said({ a: 1 }, { latencyMs: 1001 })
    expect(mismatchOf(asked(equal({ a: 1 })), answer)).toBe('took 1001 ms, at most 1000 allowed')
  })

  test('without a word of the answer itself', () => {
    const answer = said({ score: 'a-secret-of-a-customer' })
    expect(mismatchOf(asked(equal({ score: 1 })), answer)).not.toMatch(/secret/)
    const schema = ofSchema({ type: 'object', properties: { score: { type: 'number' } } })
    expect(mismatchOf(asked(schema), answer)).not.toMatch(/secret/)
  })
})

test('a key of the answer is told short, and as what it is', () => {
  const key = `\u001b[31m${'x'.repeat(10_000)}`
  const told = mismatchOf(asked(equal({})), said({ [key]: 1 })) ?? ''
  expect(told).toContain('/\\u001b[31mxxx')
  expect(told.length).toBeLessThan(200)
})

test('an answer as deep as no stack is compared all the same', () => {
  const deep = JSON.parse(`${'['.repeat(500_000)}${']'.repeat(500_000)}`) as Json
  expect(mismatchOf(asked(equal([[1]])), said(deep))).toMatch(/\/0\/0$/)
  const less = JSON.parse(`${'['.repeat(10_000)}${']'.repeat(10_000)}`) as Json
  expect(mismatchOf(asked(ofSchema({ items: { items: { type: 'null' } } })), said(less))).toMatch(
    /\/0\/0$/,
  )
  expect(mismatchOf(asked(ofSchema({ const: [[1]] })), said(less))).toMatch(/root/)
})

test.each<[string, JsonObject, number]>([
  ['a schema of few parts', { items: { type: 'number' } }, 30_000],
  [
    'one of many',
    { items: { anyOf: Array.from({ length: 50 }, () => ({ type: 'number' })) } },
    900,
  ],
  [
    'one that names many values',
    { items: { enum: Array.from({ length: 100 }, (_, n) => n) } },
    900,
  ],
])('an answer is checked against %s as long as that is quickly done', (_, schema, most) => {
  const values = (count: number) => said(Array.from({ length: count }, () => 1))
  expect(mismatchOf(asked(ofSchema(schema)), values(most))).toBeUndefined()
  expect(mismatchOf(asked(ofSchema(schema)), values(2 * most))).toMatch(/too many values/)
  expect(mismatchOf(asked(ANYTHING), values(2 * most))).toBeUndefined()
})

describe('schemas of golden files', () => {
  test.each<[string, JsonObject, Json, Json]>([
    ['bounds', { type: 'number', minimum: 0, maximum: 1 }, 1, 1.1],
    ['exclusive bounds', { type: 'number', exclusiveMinimum: 0 }, 0.1, 0],
    ['lengths', { type: 'string', minLength: 2, maxLength: 3 }, 'ab', 'a'],
    ['items', { type: 'array', items: { type: 'number' }, minItems: 1 }, [1], ['x']],
    ['choices', { enum: ['a', 'b'] }, 'b', 'c'],
    ['either', { anyOf: [{ type: 'string' }, { type: 'null' }] }, null, 1],
    ['nothing more', { type: 'object', properties: {}, additionalProperties: false }, {}, { a: 1 }],
    ['whole numbers', { type: 'integer' }, 3, 3.5],
    ['required', { type: 'object', required: ['a'] }, { a: 1 }, { b: 1 }],
  ])('%s: taken, and held against the answer', (_, schema, good, bad) => {
    expect(schemaComplaint(schema)).toBeUndefined()
    expect(mismatchOf(asked(ofSchema(schema)), said(good))).toBeUndefined()
    expect(mismatchOf(asked(ofSchema(schema)), said(bad))).toBeDefined()
  })

  // ATTACKS 38, 39: nothing is evaluated, fetched or matched by a pattern.
  test.each<[string, JsonObject]>([
    ['pattern', { type: 'string', pattern: '^(a+)+$' }],
    ['patternProperties', { patternProperties: { '^(a+)+$': {} } }],
    ['format', { type: 'string', format: 'email' }],
    ['$ref', { $ref: 'https://example.com/schema' }],
    ['$defs', { $defs: { a: {} } }],
    ['not', { not: {} }],
    ['if', { if: {} }],
    ['uniqueItems', { type: 'array', uniqueItems: true }],
    ['pattern', { properties: { a: { items: { anyOf: [{ pattern: '(x*)*' }] } } } }],
    ['$ref', { additionalProperties: { allOf: [{ $ref: '#' }] } }],
  ])('"%s" is refused wherever it stands (%#)', (keyword, schema) => {
    expect(schemaComplaint(schema)).toBe(`uses "${keyword}", which golden schemas cannot`)
  })
})
