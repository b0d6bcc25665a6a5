import { expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import type { Json, JsonObject } from '../../../src/core/model/values/json.ts'
import { schemaComplaint, schemaMismatch } from '../../../src/core/rollout/golden/json-schema.ts'

const PARAMETERS = { seed: 20_261_127, numRuns: 400 } as const

const key = fc.constantFrom('a', 'b', 'isPrototypeOf')
const scalar = fc.constantFrom<Json>(null, true, 0, 1, 2.5, -1, '', 'x', 'xy', '😀')
const { value } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true }) as fc.Arbitrary<Json>,
  ),
}))
const type = fc.constantFrom(
  ...['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'],
)
const small = fc.integer({ min: 0, max: 2 })
const size = { maxLength: 2 }

/** Any schema of the keywords that golden files may use. */
const { schema } = fc.letrec<{ schema: JsonObject | boolean }>((tie) => {
  const schemas = fc.array(tie('schema'), { minLength: 1, maxLength: 2 })
  return {
    schema: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.boolean(),
      fc.record(
        {
          type: fc.oneof(type, fc.uniqueArray(type, { minLength: 1, maxLength: 2 })),
          enum: fc.array(value, { minLength: 1, maxLength: 3 }),
          const: value,
          minimum: small,
          maximum: small,
          exclusiveMinimum: small,
          exclusiveMaximum: small,
          multipleOf: fc.constantFrom(1, 0.5),
          minLength: small,
          maxLength: small,
          minItems: small,
          maxItems: small,
          minProperties: small,
          maxProperties: small,
          required: fc.uniqueArray(key, size),
          properties: fc.dictionary(key, tie('schema'), { maxKeys: 2, noNullPrototype: true }),
          additionalProperties: tie('schema'),
          items: tie('schema'),
          allOf: schemas,
          anyOf: schemas,
        },
        { requiredKeys: [] },
      ) as fc.Arbitrary<JsonObject>,
    ),
  }
})

test(`agrees with ajv on every schema that it takes, and on every value (seed ${PARAMETERS.seed})`, () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, ownProperties: true })
  let [good, bad] = [0, 0]
  fc.assert(
    fc.property(schema, fc.array(value, { minLength: 5, maxLength: 10 }), (one, values) => {
      const validate = ajv.compile(one)
      expect(schemaComplaint(one)).toBeUndefined()
      for (const said of values) {
        const isFine = validate(said)
        expect({ said, isFine: schemaMismatch(one, said) === undefined }).toEqual({ said, isFine })
        if (isFine) good += 1
        else bad += 1
      }
    }),
    PARAMETERS,
  )
  expect(Math.min(good, bad)).toBeGreaterThan(200)
})

test('a schema of more than 1000 parts is refused: its work would not be bounded', () => {
  const wide = { anyOf: Array.from({ length: 1001 }, () => ({ type: 'null' })) }
  expect(schemaComplaint(wide)).toBe('has more than 1000 parts')
  expect(schemaComplaint({ anyOf: wide.anyOf.slice(2) })).toBeUndefined()
})

test.each<[string, Json]>([
  ['type', { type: 'text' }],
  ['type', { type: [] }],
  ['minimum', { minimum: '1' }],
  ['multipleOf', { multipleOf: 0 }],
  ['minItems', { minItems: -1 }],
  ['maxLength', { maxLength: 1.5 }],
  ['required', { required: [1] }],
  ['properties', { properties: [] }],
  ['anyOf', { anyOf: [] }],
  ['enum', { enum: 'x' }],
])('a "%s" that says nothing is refused (%#)', (keyword, said) => {
  expect(schemaComplaint(said)).toBe(`has a "${keyword}" that says nothing`)
  expect(schemaComplaint({ properties: { deep: { items: said } } })).toBeDefined()
})

test.each<[Json]>([[{ items: 1 }], [{ properties: { a: 'string' } }], [{ anyOf: [null] }]])(
  'what is no schema where one belongs is refused: %j',
  (said) => {
    expect(schemaComplaint(said)).toBe('holds something that is no schema')
  },
)
