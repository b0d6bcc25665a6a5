import { expect, test } from '@jest/globals'
import { replyJson } from '../../../src/cli/render/reply.ts'

const bodyOf = (text: string): string => {
  const reply = { status: 200, latencyMs: 7.4, deployment: 'blue', body: Buffer.from(text) }
  const line = replyJson('fraud', reply)
  expect(line).not.toContain('\n')
  expect(JSON.parse(line)).toMatchObject({ endpoint: 'fraud', deployment: 'blue', latencyMs: 7 })
  return line.slice(line.indexOf('"body":') + '"body":'.length, -1)
}

test.each([
  ['{"id": 9007199254740993, "share": 0.10, "much": 1e400}'],
  ['{"text": "a\\nb \\u0000", "__proto__": 1, "a": 1, "a": 2}'],
  ['"text"'],
  ['['.repeat(5000) + ']'.repeat(5000)],
])('a body of JSON stands in the answer as it came: %.60s', (text) => {
  expect(bodyOf(text)).toBe(text)
})

test('with its lines joined, since JSON has none within a text', () => {
  expect(bodyOf('\r\n{\r\n  "a": [\n    1,\n\n    2\n  ]\n}\n')).toBe('{ "a": [ 1, 2 ] }')
})

test.each(['', '{"a":', 'nan', '\ufeff{}', '<html>\n</html>', 'NaN'])(
  'what is no JSON is a text: %j',
  (text) => {
    expect(bodyOf(text)).toBe(JSON.stringify(text))
  },
)
