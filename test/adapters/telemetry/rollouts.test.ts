import { describe, expect, test } from '@jest/globals'
import type { Report } from '../../../src/core/model/report.ts'
import type { RolloutStatus } from '../../../src/core/model/rollout.ts'
import * as a from '../../support/report.ts'
import { shown } from './series.ts'
import { awayAt, BACK, tickAt } from './ticks.ts'

const AT = 'target="fraud-prod",endpoint="fraud"'

/** The one phase that is 1. */
async function phaseAfter(...reports: readonly Report[]): Promise<string | undefined> {
  const found = Object.entries(await shown(/^rollout_phase\{/, ...reports))
  expect(found).toHaveLength(12)
  const on = found.filter(([, value]) => value === 1).map(([name]) => name)
  expect(on).toHaveLength(1)
  return /phase="(\w+)"/.exec(on[0] ?? '')?.[1]
}

describe('how a rollout stands', () => {
  test('phase, step, deadline and readiness are gauges of the endpoint', async () => {
    const found = await shown(
      /^(rollout_(phase_|step|deadline)|rollback_ready)/,
      tickAt(0, a.rollout()),
    )
    expect(found).toEqual({
      [`rollout_phase_start_timestamp_seconds{${AT}}`]: a.START / 1000,
      [`rollout_step{${AT}}`]: 1,
      [`rollout_steps{${AT}}`]: 4,
      [`rollout_deadline_timestamp_seconds{${AT}}`]: a.START / 1000 + 86_400,
      [`rollback_ready{${AT}}`]: 1,
    })
    expect(await phaseAfter(tickAt(0, a.rollout()))).toBe('analyzing')
  })

  test('roles are those of the record, not of the weights, and names are folded as Azure folds them', async () => {
    const most = a.rollout({ weights: { blue: 10, green: 90 } })
    const resources = [
      a.rolling(most, { BLUE: 20, green: 80 }),
      ...['Blue', 'green', 'old'].map((name) => a.resource(a.deployment('fraud', name))),
      a.resource(a.deployment('fraud', 'planned'), { health: 'missing' }),
      a.resource(a.deployment('other', 'blue')),
    ]
    const found = await shown(/^(traffic_weight_ratio|deployments)/, tickAt(0, most, { resources }))
    const weight = (role: string, source: string) =>
      `traffic_weight_ratio{${AT},role="${role}",source="${source}"}`
    expect(found).toEqual({
      [weight('stable', 'desired')]: 0.1,
      [weight('stable', 'configured')]: 0.2,
      [weight('candidate', 'desired')]: 0.9,
      [weight('candidate', 'configured')]: 0.8,
      [`deployments{${AT},role="stable"}`]: 1,
      [`deployments{${AT},role="candidate"}`]: 1,
      [`deployments{${AT},role="retired"}`]: 1,
    })
  })

  test('both sides have a weight while a rollout is under way, and no candidate when it is over', async () => {
    const roles = async (status: RolloutStatus) =>
      Object.entries(await shown(/^traffic_weight_ratio.*configured/, tickAt(0, status))).map(
        ([name, value]) => [/role="(\w+)"/.exec(name)?.[1], value],
      )
    const baking = a.rollout({ phase: 'baking', weights: { green: 100 } })
    expect(await roles(baking)).toEqual([
      ['stable', 0],
      ['candidate', 1],
    ])
    expect(await roles(a.atRest())).toEqual([['stable', 1]])
  })

  test('names of deployments and models stand in one series for each role, replaced in place', async () => {
    const next = a.rollout({
      stable: { deployment: 'green', revision: '77aa1122', model: 'fraud:8' },
      candidate: { deployment: 'red', revision: '00bb3344', model: 'a"} 1\nevil{b="c' },
      previous: { deployment: 'blue', revision: '3f2a9c1e', untilMs: a.START },
    })
    const found = await shown(/^rollout_info/, tickAt(0, a.rollout()), tickAt(10, next))
    const info = (role: string, deployment: string, model: string) =>
      `rollout_info{${AT},strategy="canary",role="${role}",deployment="${deployment}",model="${model}"}`
    expect(Object.keys(found).sort()).toEqual([
      info('candidate', 'red', 'other'),
      info('retired', 'blue', 'other'),
      info('stable', 'green', 'fraud:8'),
    ])
  })

  test('a mirror is a share of the traffic, and what gets it beside the rollout is a shadow', async () => {
    const status = a.rollout({ mirror: { spy: 5 } })
    const resources = [a.rolling(status), a.resource(a.deployment('fraud', 'spy'))]
    const found = await shown(/^(mirror|deployments)/, tickAt(0, status, { resources }))
    expect(found).toEqual({
      [`mirror_weight_ratio{${AT},source="desired"}`]: 0.05,
      [`deployments{${AT},role="shadow"}`]: 1,
    })
  })

  test('step, mirror, deadline and the judge go when the rollout is over; phase and readiness stay', async () => {
    const judged = a.rollout({ judgements: [a.judgement()] })
    const found = await shown(/fraud"/, tickAt(0, judged), tickAt(10, a.atRest()))
    const names = new Set(Object.keys(found).map((name) => name.replace(/\{.*/, '')))
    for (const name of ['rollout_phase', 'rollout_info', 'rollback_ready', 'traffic_weight_ratio'])
      expect(names).toContain(name)
    expect([...names].filter((name) => /step|mirror|deadline|^analysis_[^r]/.test(name))).toEqual(
      [],
    )
  })
})

describe('since when', () => {
  const start = `rollout_phase_start_timestamp_seconds{${AT}}`
  const since = async (...reports: readonly Report[]) =>
    ((await shown(/^rollout_phase_start/, ...reports))[start] ?? 0) - a.START / 1000

  test('a phase whose write is refused again and again began with the first try', async () => {
    const abortingAt = (second: number) =>
      awayAt(second, a.rollout({ ...BACK, phase: 'aborting', phaseSince: a.START + second * 1000 }))
    expect(await since(tickAt(0, a.rollout()), abortingAt(10), abortingAt(300))).toBe(10)
  })

  test('a phase that changes under the same record began after the tick that saw the one before', async () => {
    const shifting = tickAt(50, a.rollout({ phase: 'shifting' }))
    expect(await since(shifting, tickAt(60, a.rollout()))).toBe(50)
  })

  test('the next step in the same phase begins anew', async () => {
    const next = a.rollout({ step: 3, phaseSince: a.START + 55_000 })
    expect(await since(tickAt(50, a.rollout()), tickAt(60, next))).toBe(55)
  })

  test('a restart does not take the age of the stable record for the age of what is on its way', async () => {
    const { deadlineAt: _, ...coming } = a.rollout({ phase: 'provisioning', phaseSince: 0 })
    expect(await since(tickAt(60, coming))).toBe(60)
    expect(await since(tickAt(60, a.rollout()))).toBe(0)
  })

  test('a rollout is not rolled back before its traffic is seen to be', async () => {
    const decided = awayAt(
      10,
      a.rollout({ ...BACK, phase: 'aborting', phaseSince: a.START + 10_000 }),
    )
    const sent = a.aborted({ phaseSince: a.START + 10_000 })
    expect(await phaseAfter(decided, awayAt(20, sent))).toBe('aborting')
    expect(await since(decided, awayAt(20, sent))).toBe(10)
    expect(await phaseAfter(decided, awayAt(20, sent), tickAt(30, sent))).toBe('rolled_back')
  })

  test('an approval is pending from when it is waited for, and absent before and after', async () => {
    const status = a.rollout({ phase: 'paused', reason: 'WaitsForPromote', stalled: true })
    const waits = tickAt(10, { ...status, phaseSince: a.START + 8000 })
    const pending = (...reports: readonly Report[]) => shown(/^approval_pending/, ...reports)
    expect(await pending(tickAt(0, a.rollout()), waits)).toEqual({
      [`approval_pending_since_timestamp_seconds{${AT}}`]: a.START / 1000 + 8,
    })
    expect(await pending(tickAt(0, a.rollout()))).toEqual({})
    expect(await pending(waits, tickAt(20, a.rollout({ phase: 'shifting' })))).toEqual({})
  })
})
