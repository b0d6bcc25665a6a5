import { expect, test } from '@jest/globals'
import { httpClientOf } from '../../../src/adapters/azure/http/transport.ts'
import { windowsOf } from '../../../src/core/judge/windows.ts'
import { createTraffic } from '../../../src/sandbox/index.ts'
import { MINUTE, START, setStage } from '../../sandbox/rehearsal/stage.ts'
import { clockAt, json, measureOne, question, reasonOf, serve } from './stage.ts'

test('the counters of a sandbox are those of its users, on both sides, from the baseline on', async () => {
  const { sandbox, deploy, weigh } = await setStage()
  await deploy('blue')
  await deploy('green', { tags: { 'sandbox.error_ratio': '0.2' } })
  await weigh({ blue: 100 })
  const traffic = createTraffic(sandbox, { endpoint: 'fraud', seed: 5, rate: 20 })
  sandbox.clock.advance(10 * MINUTE)
  await weigh({ blue: 80, green: 20 })
  const startMs = sandbox.clock.now()
  sandbox.clock.advance(10 * MINUTE)
  const about = {
    ...{ endpoint: 'fraud', stable: 'blue', candidate: 'green', startMs },
    ...{ baselineMs: 5 * MINUTE, endMs: sandbox.clock.now() },
  }
  const options = {
    clock: clockAt(sandbox.clock.now()),
    sandboxOrigin: sandbox.arm,
    httpClient: httpClientOf(sandbox),
  }
  const { measurement } = await measureOne(options, question({ about }))
  if (measurement.is !== 'series') throw new Error(JSON.stringify(measurement))
  const { stable, candidate, boundsMs } = measurement.series
  expect(stable.map(({ at }) => at)).toEqual(
    Array.from({ length: 91 }, (_, place) => START + 5 * MINUTE + place * 10_000),
  )
  expect(candidate).toHaveLength(91)
  expect(candidate.find(({ at }) => at === startMs)).toMatchObject({ requests: 0, errors: 0 })
  const { byDeployment } = traffic.figures()
  for (const [name, samples] of Object.entries({ blue: stable, green: candidate })) {
    const { requests, errors, within } = samples.at(-1) ?? {}
    expect({ requests, failed: errors }).toEqual(byDeployment[name])
    expect(within).toHaveLength(boundsMs.length)
  }
  expect(byDeployment.green?.failed).toBeGreaterThan(100)
  const other = { ...about, stable: 'red', candidate: 'pink' }
  expect(await reasonOf(options, question({ about: other }))).toBe('Empty')
})

const OWN = { at: [1, 2], requests: [1, 2], errors: [0, 0], within: [[1], [2]] }
const rows: [string, unknown, string][] = [
  ['more errors than requests', { ...OWN, errors: [0, 3] }, 'Inconsistent'],
  ['a histogram of more than all', { ...OWN, within: [[1], [3]] }, 'Inconsistent'],
  ['a histogram with other bounds', { ...OWN, within: [[1], [1, 2]] }, 'Inconsistent'],
  ['an instant twice', { ...OWN, at: [2, 2] }, 'Inconsistent'],
  ['a list that is too short', { ...OWN, errors: [0] }, 'NotANumber'],
  ['a text for a number', { ...OWN, errors: ['0', '0'] }, 'UnreadableAnswer'],
  ['no lists', 7, 'UnreadableAnswer'],
]
test.each(rows)('row 62: %s are no data', async (_, green, reason) => {
  const { url } = await serve(json({ boundsMs: [10], deployments: { blue: OWN, green } }))
  expect(await reasonOf({ sandboxOrigin: url }, question())).toBe(reason)
})

test.each([
  ['counters', { ...OWN, requests: [2, 1], within: [[1], [1]] }],
  ['errors', { ...OWN, errors: [1, 0] }],
])('row 62: %s that fall leave their window out, and not the others', async (_, green) => {
  const { url } = await serve(json({ boundsMs: [10], deployments: { blue: OWN, green } }))
  const { measurement: measured } = await measureOne({ sandboxOrigin: url }, question())
  if (measured.is !== 'series') throw new Error(measured.is)
  const [window, ...others] = windowsOf({ ...measured.series, windowMs: 1 })
  expect([window?.stable?.requests, window?.candidate, others]).toEqual([1, undefined, []])
})

test('row 62: bounds that do not ascend are no data', async () => {
  const { url } = await serve(json({ boundsMs: [10, 10], deployments: { blue: OWN } }))
  expect(await reasonOf({ sandboxOrigin: url }, question())).toBe('Inconsistent')
})
