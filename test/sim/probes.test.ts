import { afterEach, describe, expect, test } from '@jest/globals'
import type { Report } from '../../src/core/model/report.ts'
import { PROBED, type Quiet, quietEndpoint } from '../support/probing.ts'

const MINUTE_MS = 60_000
const UNPROBED = PROBED.replace(/, probe: \{.*?\} \}/, ' }')

let quiet: Quiet

afterEach(() => quiet.close())

function statusOf({ resources }: Report) {
  return resources.find(({ rollout }) => rollout !== undefined)?.rollout
}

const isAnalyzing = (report: Report): boolean => statusOf(report)?.probe !== undefined
const isBack = (report: Report): boolean => statusOf(report)?.phase === 'rolled_back'
const isDone = (report: Report): boolean =>
  report.converged && statusOf(report)?.stable?.model === 'fraud:2'

describe('on an endpoint that nobody calls', () => {
  test('a step without a probe has no data and holds', async () => {
    quiet = await quietEndpoint()
    quiet.commit({}, UNPROBED)
    const report = await quiet.until(isBack, 20 * MINUTE_MS)
    expect(statusOf(report)).toMatchObject({ phase: 'analyzing', reason: 'NoData' })
    expect(statusOf(report)?.probe).toBeUndefined()
    expect(quiet.scored()).toBe(0)
  })

  test('a step with a probe judges a good revision and goes on', async () => {
    quiet = await quietEndpoint()
    quiet.commit()
    const begun = await quiet.until(isAnalyzing)
    expect(statusOf(begun)?.probe).toEqual({
      ...{ perMinute: 600, different: 6, sent: 0, failed: 0, unanswered: 0 },
    })
    await quiet.pass(MINUTE_MS)
    const later = await quiet.controller.tick()
    const { sent = 0, unanswered } = statusOf(later)?.probe ?? {}
    expect(sent).toBeGreaterThan(590)
    expect(sent).toBeLessThanOrEqual(600)
    expect(unanswered).toBe(0)
    const passed = await quiet.until(
      (report) => statusOf(report)?.judgements.some(({ outcome }) => outcome === 'pass') === true,
    )
    expect(statusOf(passed)?.judgements[0]?.message).toMatch(
      /There are probes among these requests, of 6 different ones: of other requests they say nothing\.$/,
    )
    const end = await quiet.until(isDone)
    expect(statusOf(end)).toMatchObject({ phase: 'idle', stable: { model: 'fraud:2' } })
    const all = quiet.scored()
    await quiet.pass(5 * MINUTE_MS)
    expect(quiet.scored()).toBe(all)
  })

  test('a step with a probe takes back a revision that fails, and nothing more is sent', async () => {
    quiet = await quietEndpoint()
    quiet.commit({ 'sandbox.broken': 'true' })
    const report = await quiet.until(isBack, 30 * MINUTE_MS)
    expect(statusOf(report)).toMatchObject({
      phase: 'rolled_back',
      aborted: { reason: expect.stringMatching(/AllFailed|ErrorsHigher/) },
    })
    const all = quiet.scored()
    expect(all).toBeGreaterThan(0)
    await quiet.pass(5 * MINUTE_MS)
    expect(quiet.scored()).toBe(all)
  })
})

describe('nothing is sent', () => {
  /** What is sent in a minute after a tick. */
  async function sentAfter(tick: () => Promise<unknown>): Promise<number> {
    await tick()
    const before = quiet.scored()
    await quiet.pass(MINUTE_MS)
    return quiet.scored() - before
  }

  const lever = (verb: 'pause' | 'resume' | 'abort', id: string) => ({
    ...{ id, verb, endpoint: 'fraud', who: 'ada', why: 'looks' },
    at: quiet.world.sandbox.clock.now(),
  })

  async function probing(): Promise<Quiet> {
    quiet = await quietEndpoint()
    quiet.commit()
    await quiet.until(isAnalyzing)
    return quiet
  }

  test('while somebody has paused the rollout; resumed, it goes on', async () => {
    const { controller } = await probing()
    controller.inbox.put(lever('pause', 'one'))
    expect(await sentAfter(controller.tick)).toBe(0)
    expect(await sentAfter(controller.tick)).toBe(0)
    controller.inbox.put(lever('resume', 'two'))
    await quiet.until(isAnalyzing)
    expect(await sentAfter(controller.tick)).toBeGreaterThan(500)
  })

  test('from the tick on that hears an abort', async () => {
    const { controller } = await probing()
    controller.inbox.put(lever('abort', 'one'))
    expect(await sentAfter(controller.tick)).toBe(0)
    expect(statusOf(await controller.tick())?.phase).toBe('rolled_back')
  })

  test.each([
    ['the Application only observes', { mode: 'observe' }],
    ['the Application is suspended', { suspend: true }],
  ] as const)('where %s', async (_, sync) => {
    const { controller, start } = await probing()
    const other = start({ sync })
    // The first process is gone, and sends nothing more.
    await quiet.close()
    expect(await sentAfter(other.tick)).toBe(0)
    expect(statusOf(await other.tick())?.probe).toBeUndefined()
    expect(controller.calls()).toBeGreaterThan(0)
  })

  test('when the workspace cannot be read', async () => {
    const { controller, world } = await probing()
    world.sandbox.injectFault('ServiceError')
    expect(await sentAfter(controller.tick)).toBe(0)
  })
})

test('a process that was started anew goes on with what the step asks for', async () => {
  quiet = await quietEndpoint()
  quiet.commit()
  await quiet.until(isAnalyzing)
  await quiet.pass(MINUTE_MS)
  await quiet.close()
  const next = quiet.start()
  const end = await quiet.until(isDone, 3_600_000, next)
  expect(statusOf(end)).toMatchObject({ phase: 'idle', stable: { model: 'fraud:2' } })
})
