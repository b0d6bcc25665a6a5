import { describe, expect, test } from '@jest/globals'
import { readManifests } from '../../../src/core/manifests/read.ts'
import type { GoldenRequest } from '../../../src/core/model/rollout.ts'
import type { Refusal } from '../../../src/core/model/snapshot.ts'
import { snapshotOf } from '../../support/snapshot.ts'
import {
  ENDPOINT,
  reading,
  rolloutFile,
  rolloutOf,
  stepsFile,
  TEMPLATE,
  type Texts,
  told,
} from './rollout-repository.ts'

const verify = (pattern: string): string => TEMPLATE + stepsFile(`verify: { requests: ${pattern} }`)

function goldens(pattern: string, files: Texts): readonly GoldenRequest[] {
  const read = reading(verify(pattern), files)
  expect(told(read)).toEqual([])
  const [step] = rolloutOf(read).steps
  return step?.type === 'verify' ? step.golden : []
}

describe('golden files', () => {
  test('say what is sent and what must come back', () => {
    const text =
      '{"request": {"amount": 1}, "expect": {"subset": {"score": 0.5}, "tolerance": 0.01, "status": 201}, "maxLatencyMs": 300}'
    expect(goldens('golden/one.json', { 'golden/one.json': text })).toEqual([
      {
        name: 'golden/one.json',
        request: { amount: 1 },
        status: 201,
        expect: { is: 'subset', value: { score: 0.5 }, tolerance: 0.01 },
        maxLatencyMs: 300,
      },
    ])
  })

  test.each<[string, string, Partial<GoldenRequest>]>([
    [
      'nothing: any good answer, within 5 s',
      '',
      { status: 200, maxLatencyMs: 5000, expect: { is: 'anything' } },
    ],
    [
      'a value',
      ', "expect": {"equal": null}',
      { expect: { is: 'equal', value: null, tolerance: 0 } },
    ],
    [
      'a schema',
      ', "expect": {"schema": {"type": "object"}}',
      { expect: { is: 'schema', schema: { type: 'object' } } },
    ],
  ])('that expect %s', (_, expected, golden) => {
    const files = { 'one.json': `{"request": []${expected}}` }
    expect(goldens('one.json', files)).toMatchObject([golden])
  })

  test('are found by one star, in order, in that folder only', () => {
    const body = '{"request": {}}'
    const files = Object.fromEntries(
      ['golden/b.json', 'golden/a.json', 'golden/a.txt', 'golden/deep/c.json', 'other/d.json'].map(
        (path) => [path, body],
      ),
    )
    const names = (pattern: string) => goldens(pattern, files).map(({ name }) => name)
    expect(names('golden/*.json')).toEqual(['golden/a.json', 'golden/b.json'])
    expect(names('./golden/a*.json')).toEqual(['golden/a.json'])
  })

  test('row 38: hold texts that nothing evaluates', () => {
    const request = { a: '$' + '{process.env.HOME}', b: '{{constructor.constructor(1)()}}' }
    const text = JSON.stringify({ request })
    expect(goldens('one.json', { 'one.json': text })).toMatchObject([{ request }])
  })
})

describe('golden files that say nothing that could be held against an answer are refused', () => {
  test.each<[string, string, string]>([
    ['no JSON', '{', '"golden.json" at 1:2: it is no JSON: '],
    ['a list', '[]', 'is no JSON object'],
    ['no request', '{"expect": {}}', '"request" is required'],
    ['an unknown field', '{"request": 1, "expects": {}}', 'unknown field "expects"'],
    ['an unknown expectation', '{"request": 1, "expect": {"equals": 1}}', 'unknown field "equals"'],
    [
      'two expectations',
      '{"request": 1, "expect": {"equal": 1, "subset": 1}}',
      'expects equal and subset: choose one',
    ],
    ['a status that is none', '{"request": 1, "expect": {"status": 99}}', 'expect.status'],
    [
      'a tolerance below nothing',
      '{"request": 1, "expect": {"tolerance": -1}}',
      'expect.tolerance',
    ],
    ['no time at all', '{"request": 1, "maxLatencyMs": 0}', 'maxLatencyMs'],
    ['a schema that is none', '{"request": 1, "expect": {"schema": []}}', 'expect.schema'],
    [
      'row 39: a pattern',
      '{"request": 1, "expect": {"schema": {"pattern": "^(a+)+$"}}}',
      'uses "pattern", which golden schemas cannot',
    ],
    [
      'row 39: a pattern deep inside',
      '{"request": 1, "expect": {"schema": {"items": {"anyOf": [{"format": "x"}]}}}}',
      'uses "format"',
    ],
    [
      'row 60: a reference',
      '{"request": 1, "expect": {"schema": {"$ref": "http://169.254.169.254/"}}}',
      'uses "$ref"',
    ],
    [
      'row 27: a key that reaches a prototype',
      '{"request": {"__proto__": {"polluted": 1}}}',
      '"golden.json" at 1:14: the key "__proto__" is not allowed',
    ],
    [
      'a key that is there twice',
      '{"request": {"a": "\\\\\\"{", "b": {"a": 1}},\n "expect": {"equal": 1, "\\u0065qual": 2}}',
      '"golden.json" at 2:25: the key "equal" is here twice',
    ],
    ['a comment', '{"request": 1} // nothing', '"golden.json" at 1:16: it is no JSON: '],
    [
      'more levels than anybody needs',
      `{"request": ${'['.repeat(64)}${']'.repeat(64)}}`,
      'is nested deeper than 64 levels',
    ],
    [
      'more levels than any stack',
      `{"request": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      'is nested deeper than 64 levels',
    ],
    [
      'more text than is read',
      `{"request": "${'x'.repeat(300_000)}"}`,
      'is longer than 262144 characters',
    ],
  ])('%s', (_, text, message) => {
    const read = reading(verify('golden.json'), { 'golden.json': text })
    expect(told(read)).toEqual([expect.stringMatching(/ rollout.yml:14:11 /)])
    expect(told(read)[0]).toContain(message)
    expect(read.problems[0]?.message.length).toBeLessThanOrEqual(1000)
  })

  test.each<[string, string, string]>([
    ['a file that is not there', 'gone.json', 'FileNotFound'],
    ['a folder without such files', 'golden/*.json', 'FileNotFound'],
    ['row 13: a path out of the repository', '../../etc/passwd', 'OutsideRepository'],
    ['row 13: an absolute path', '/etc/passwd', 'OutsideRepository'],
    ['a star for folders', 'g*/a.json', 'InvalidPath'],
    ['two stars', '*a*.json', 'InvalidPath'],
    ['a file of another sort', 'golden.txt', 'InvalidPath'],
  ])('%s', (_, pattern, reason) => {
    const read = reading(verify(JSON.stringify(pattern)), { 'golden.txt': 'x', 'ga/a.json': '{}' })
    expect(told(read)).toEqual([expect.stringMatching(new RegExp(`^${reason} rollout.yml:14:11 `))])
  })

  test('more files than a hundred', () => {
    const files = Array.from({ length: 101 }, (_, index) => [`g/${index}.json`, '{"request": 1}'])
    expect(told(reading(verify('g/*.json'), Object.fromEntries(files)))).toEqual([
      expect.stringMatching(/^LimitExceeded rollout.yml:14:11 /),
    ])
  })

  test.each<Refusal>(['Symlink', 'TooLarge', 'NotUtf8'])(
    'row 12: a file refused as %s',
    (reason) => {
      const texts = { 'endpoint.yml': ENDPOINT, 'rollout.yml': rolloutFile(verify('golden.json')) }
      const snapshot = snapshotOf(texts, { refused: { 'golden.json': reason } })
      expect(told(readManifests({ snapshot, variables: {} }))).toContainEqual(
        expect.stringMatching(/^FileRefused rollout.yml:14:11 /),
      )
    },
  )

  test('every bad file is told at once', () => {
    const files = { 'g/a.json': '{', 'g/b.json': '[]', 'g/c.json': '{"request": 1}' }
    expect(told(reading(verify('g/*.json'), files))).toHaveLength(2)
  })
})
