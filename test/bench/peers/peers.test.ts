import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createFolder } from '../../cli/program.ts'
import { measure, type Taken } from './measure.ts'
import { TOOLS } from './tools.ts'

/** What `npm run bench:peers` measures of Verdigris, with two endpoints. */

const folder = createFolder()
const all = new Map<string, Taken>()
const [verdigris] = TOOLS

beforeAll(async () => {
  if (verdigris === undefined) throw new Error('there is no tool')
  const onTaken = (taken: Taken): void => {
    all.set(taken.work, taken)
  }
  await measure(verdigris, { size: 2, timeScale: 10_000, folder: folder.path, onTaken })
}, 120_000)
afterAll(() => folder.remove())

test.each([
  ['no change', 0],
  ['traffic moved by hand, put back', 1],
  ['new model on one endpoint', 2],
])('%s: %i writes, and no request of a user fails', (work, writes) => {
  expect(all.get(work)).toMatchObject({ writes, refused: 0, failed: 0, isDone: true })
})

test('the first apply makes everything, and what it takes is counted', () => {
  const taken = all.get('first apply')
  expect(taken).toMatchObject({ refused: 0, isDone: true })
  // Two endpoints with traffic, three deployments, and a code, a model and an environment for each endpoint.
  expect(taken?.writes).toBe(2 + 2 + 3 + 3 * 2)
  expect(Math.min(taken?.wallS ?? 0, taken?.cpuS ?? 0, taken?.peakMb ?? 0)).toBeGreaterThan(0)
})
