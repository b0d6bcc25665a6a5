import { describe, expect, test } from '@jest/globals'
import { compareInThread } from '../../src/compose/compare-in-thread.ts'

const STRICT = {
  input: 'azureml:rows:1',
  type: 'uri_folder',
  tolerance: 1e-6,
  mismatches: 0,
} as never
const rows = (factor: number): string =>
  Array.from({ length: 50_000 }, (_, row) => `${row}.json ${(row * factor) / 7}\n`).join('')

describe('outputs of batch jobs', () => {
  test('are compared while everything else goes on', async () => {
    const [before, after] = [rows(1), rows(1.5)]
    let turns = 0
    const others = setInterval(() => {
      turns += 1
    }, 1)
    try {
      const { is, message } = await compareInThread(
        before,
        after,
        STRICT,
        new AbortController().signal,
      )
      expect([is, message]).toEqual([
        'different',
        expect.stringContaining('49999 of 50000 rows differ'),
      ])
      expect(turns).toBeGreaterThan(5)
    } finally {
      clearInterval(others)
    }
  })

  test('are given up when the look is', async () => {
    const looks = new AbortController()
    const answer = compareInThread(rows(1), rows(1), STRICT, looks.signal)
    looks.abort(new Error('the look is over'))
    await expect(answer).rejects.toThrow('aborted')
  })
})
