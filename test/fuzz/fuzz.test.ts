import { describe, expect, test } from '@jest/globals'
import { answerTo } from './check.ts'
import { CORPUS } from './corpus.ts'
import { inputOf } from './inputs.ts'
import { type Found, runStretch } from './run.ts'
import { shrunk } from './shrink.ts'

describe('manifests that nobody wrote', () => {
  test('are answered, always alike and with places, and what is accepted reads back the same', () => {
    const found: Found[] = []
    const all = { seed: 1, from: 0, inputs: 5000, step: 1 }
    const stretch = { ...all, endsAt: Number.POSITIVE_INFINITY, isTimed: false }
    const figures = runStretch(stretch, (one) => found.push(one))
    expect(found).toEqual([])
    expect(figures.inputs).toBe(5000)
    // Some of them are right: else nothing would be read back.
    expect(figures.accepted).toBeGreaterThan(50)
  }, 120_000)

  test('are the same for the same numbers', () => {
    expect(inputOf(7, 3)).toEqual(inputOf(7, 3))
    expect(inputOf(7, 3).text).not.toBe(inputOf(8, 3).text)
  })

  test('begin with every real manifest, none of which fails', () => {
    const failures = CORPUS.map(({ path, text, around }) =>
      answerTo({ path, text, around, way: 'as it is' }),
    ).flatMap(({ failure }) => failure ?? [])
    expect(failures).toEqual([])
    expect(CORPUS.length).toBeGreaterThan(150)
  })
})

/** Each was a failure of `npm run fuzz` once, made as short as it could be. */
const FOUND: readonly (readonly [was: string, path: string, text: string])[] = [
  ['exception', 'b.yml', 'mini_batch_size: 1\noutput_action:\n toString:'],
  ['exception', 'd.yml', 'endpoint_name: fraud\ninstance_type: a\ntype: { toString: 1 }'],
  ['exception', 'e.yml', 'apiVersion: a\nkind: { toString: 1 }\nspec: {}'],
  ['reads back otherwise', 'e.yml', 'name: e\nimage: x\nconda_file: { a: 1.0e+300 }'],
  ['reads back otherwise', 'e.yml', 'name: e\nimage: x\nconda_file: { tags: null, version: 1.10 }'],
  [
    'reads back otherwise',
    'e.yml',
    `name: e\nimage: x\nconda_file: ${'{ a: '.repeat(30)}1${' }'.repeat(30)}`,
  ],
  [
    'reads back otherwise',
    'e.yml',
    `name: e\nimage: x\nconda_file: { dependencies: [${'x'.repeat(262_144)}] }`,
  ],
]

describe('what was found once', () => {
  test.each(FOUND.map((one, index) => [index, ...one] as const))(
    '%i: %s of %s',
    (_, __, path, text) => {
      expect(answerTo({ path, text, around: {}, way: 'found' }).failure).toBeUndefined()
    },
  )
})

test('what fails is made as short as it can be while it still fails', () => {
  const text = 'a: 1\nb: [x, {y: boom}]\nc: 3\n'
  expect(shrunk(text, (one) => one.includes('boom'))).toBe('boom')
})
