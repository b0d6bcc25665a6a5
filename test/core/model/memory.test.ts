import { expect, test } from '@jest/globals'
import { type KeyMemory, withoutTimes } from '../../../src/core/model/memory.ts'

test('of what is remembered, a clock that is set leaves what has no time of ours (S7, S31)', () => {
  const timeless: KeyMemory = {
    hasServed: true,
    making: { at: '2026-01-01T00:00:00Z', cameUp: true },
    seen: 'v1;aborted;s=blue.c84e0ebe;c=green.7c07a501',
    record: 'v1;aborted;s=blue.c84e0ebe;c=green.7c07a501',
    judged: { deployment: 'green', revision: '7c07a501', at: 1, judgements: [] },
  }
  const dated: KeyMemory = {
    idleSince: 1,
    idleAfter: 'a write',
    driftedSince: 1,
    busySince: 1,
    corrections: { count: 6, lastAt: 1 },
    written: { generation: 'a', at: 1 },
    arrived: { record: 'v1', at: 1, after: 'a write' },
    watched: { record: 'v1', ms: 1, at: 1 },
    blindSince: 1,
    retry: {
      generation: 'a',
      failures: 1,
      refusals: 0,
      notBefore: 2,
      owedAt: 2,
      reason: 'Busy',
      message: '',
    },
  }
  const memory = { a: { ...timeless, ...dated }, b: dated, c: { seen: 'v1' } }
  expect(withoutTimes(memory)).toEqual({ a: timeless, b: {}, c: { seen: 'v1' } })
})
