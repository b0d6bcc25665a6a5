import { expect, test } from '@jest/globals'
import { createTraffic } from '../../../src/sandbox/index.ts'
import { createCommits } from '../../support/commits.ts'
import { runUntil } from '../../support/rehearsal.ts'
import { rolloutFiles } from '../../support/rollout-files.ts'
import { simulate } from '../../support/simulation.ts'
import { metrics, seriesOf } from './series.ts'

const SEED = 1

/** The reports of our builders are guesses; these are of the whole reconciler on the sandbox, in virtual time. */
test(`a bad model that is taken back is seen in the metrics as it happens (seed ${SEED})`, async () => {
  const world = await simulate({ seed: SEED })
  const commits = createCommits()
  commits.commit(rolloutFiles({ model: 1 }))
  const controller = world.startController(commits)
  const subject = metrics()
  const phases: string[] = []
  const tick = async () => {
    const report = await controller.tick()
    subject.recordReport(report)
    const on = [...(await seriesOf(subject))].find(([name, value]) => IS_PHASE.test(name) && value)
    const phase = IS_PHASE.exec(on?.[0] ?? '')?.[1] ?? 'none'
    if (phases.at(-1) !== phase) phases.push(phase)
    return report
  }
  await runUntil(world, { ...controller, tick }, ({ converged }) => converged)
  createTraffic(world.sandbox, { endpoint: 'fraud', seed: SEED, rate: 50 })
  world.sandbox.clock.advance(30 * 60_000)
  commits.commit(rolloutFiles({ model: 2, behaviours: { 2: { 'sandbox.error_ratio': '0.05' } } }))
  await runUntil(world, { ...controller, tick }, () => phases.at(-1) === 'rolled_back')

  const way = ['idle', 'provisioning', 'shifting', 'analyzing', 'aborting', 'rolled_back']
  expect(phases.slice(phases.indexOf('idle'))).toEqual(way)
  const series = await seriesOf(subject)
  const how = '{strategy="canary",result="aborted"}'
  expect(series.get('rollouts_total{target="app",strategy="canary",result="aborted"}')).toBe(1)
  expect(series.get('analysis_runs_total{target="app",verdict="fail"}')).toBe(1)
  const whole = series.get(`rollout_duration_seconds_sum${how}`)
  expect(whole).toBeGreaterThan(0)
  expect(series.get(`rollout_progress_duration_seconds_sum${how}`)).toBe(whole)
  // As long as the sandbox takes for a write of traffic, and not the time of the whole rollout.
  const back = series.get('rollback_duration_seconds_sum{trigger="analysis"}')
  expect(back).toBeGreaterThan(0)
  expect(back).toBeLessThan(120)
})

const IS_PHASE = /^rollout_phase\{.*phase="(\w+)"/
