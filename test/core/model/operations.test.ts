import { describe, expect, test } from '@jest/globals'
import { type Ended, sortOf, withEnded } from '../../../src/core/model/operations.ts'

const operation = 'create_online_deployment'
const ended = (durationMs: number, change: Partial<Ended> = {}): Ended => ({
  ...{ operation, result: 'success', durationMs },
  ...change,
})

describe('operations that take alike', () => {
  const sizes: readonly [string | undefined, string][] = [
    [undefined, operation],
    ['Standard_DS3_v2', `${operation} Standard_DS_v2`],
    ['Standard_DS12-1_v2', `${operation} Standard_DS_v2`],
    ['Standard_F4s_v2', `${operation} Standard_Fs_v2`],
    ['Standard_NC24ads_A100_v4', `${operation} Standard_NCads_A100_v4`],
    ['Standard_E64-16as_v5', `${operation} Standard_Eas_v5`],
    ['gpu-large', `${operation} gpu-large`],
  ]
  test.each(sizes)('%s', (size, sort) => {
    expect(sortOf({ operation, ...(size === undefined ? {} : { size }) })).toBe(sort)
  })
})

describe('how long they took', () => {
  test('is known of those that came to a good end, the newest first', () => {
    const first = withEnded(new Map(), [ended(1), ended(9, { result: 'error' }), ended(2)])
    expect([...withEnded(first, [ended(3)])]).toEqual([[operation, [3, 2, 1]]])
  })

  test('is forgotten of old ones: fifty of a sort, and a hundred sorts', () => {
    const many = Array.from({ length: 60 }, (_, at) => ended(at))
    expect(withEnded(new Map(), many).get(operation)).toEqual(
      Array.from({ length: 50 }, (_, at) => 59 - at),
    )
    const sorts = Array.from({ length: 130 }, (_, at) => ended(at, { size: `size-${at}` }))
    const took = withEnded(new Map(), [...sorts, ended(1, { size: 'size-31' })])
    expect(took.size).toBe(100)
    expect([...took.keys()].at(-1)).toBe(`${operation} size-31`)
    expect(took.has(`${operation} size-30`)).toBe(true)
    expect(took.has(`${operation} size-29`)).toBe(false)
  })
})
