import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { exactJson } from '../../../src/adapters/azure/http/exact-json.ts'
import { objectOf } from '../../../src/adapters/azure/http/whole-body.ts'
import type { JsonObject } from '../../../src/core/model/values/json.ts'
import { withValue } from '../../../src/core/model/values/pointer.ts'

/** A body as Azure sends it, changed at one field and written again. */
function written(text: string): string {
  const body = objectOf({ status: 200, headers: {}, text }, 'x')
  return JSON.stringify(withValue(body, '/tags/ours', 'x'))
}

describe('a number that no double holds', () => {
  test.each([
    '9007199254740993',
    '-9007199254740993',
    '123456789012345678901234567890',
    '1e400',
    '-1E+400',
    '0.12345678901234567890123',
    '1.0000000000000000000001',
    '1e-400',
  ])('goes back as it came: %s', (number) => {
    const text = `{"properties":{"unknown":${number},"list":[1,${number}]}}`
    expect(written(text)).toBe(
      `{"properties":{"unknown":${number},"list":[1,${number}]},"tags":{"ours":"x"}}`,
    )
  })

  test.each([
    ['1e3', 1000],
    ['0.30000000000000004', 0.30000000000000004],
    ['1.5000000000000000000', 1.5],
    ['1e21', 1e21],
    ['0e400', 0],
    ['9007199254740992', 9007199254740992],
  ])('is a number where a double holds it: %s', (text, value) => {
    expect((exactJson(`{"a":${text}}`) as JsonObject).a).toBe(value)
  })

  test('texts that look like one are left alone', () => {
    const value = { a: 'x:9007199254740993', b: ['1e400'], c: ':1e400' }
    expect(exactJson(JSON.stringify(value))).toEqual(value)
  })
})

test('every other value is what JSON.parse makes of it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify({ value })
      expect(exactJson(text)).toEqual(JSON.parse(text))
      expect(JSON.stringify(exactJson(text))).toBe(text)
    }),
  )
})
