import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createFrameReader, encodeFrame } from '../../../src/sandbox/scoring/frames.ts'

test('messages come out as they went in, however their bytes are cut', () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { maxLength: 8 }), cuts, (messages, sizes) => {
      const bytes = Buffer.concat(messages.map(encodeFrame))
      const found: unknown[] = []
      const read = createFrameReader((message) => found.push(message))
      let turn = 0
      for (let at = 0; at < bytes.byteLength; ) {
        const size = sizes[turn % sizes.length] ?? 1
        read(bytes.subarray(at, at + size))
        at += size
        turn += 1
      }
      // -0 is 0 in JSON.
      expect(JSON.stringify(found)).toBe(JSON.stringify(messages))
    }),
  )
})

test('a frame beyond the limit is refused before it is read', () => {
  const read = createFrameReader(() => undefined)
  expect(() => read(Buffer.from([0xff, 0xff, 0xff, 0xff]))).toThrow(RangeError)
})
