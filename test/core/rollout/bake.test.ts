import { describe, expect, test } from '@jest/globals'
import type { Rollout } from '../../../src/core/model/desired.ts'
import type { Sample, Series } from '../../../src/core/model/measurements/measurement.ts'
import type { Check } from '../../../src/core/model/rollout.ts'
import { queryId } from '../../../src/core/rollout/judgements.ts'
import type { Turns } from '../../support/world.ts'
import {
  CANARY,
  ERRORS,
  MINUTE_MS,
  opened,
  recordIn,
  template,
  traffic,
  until,
  untilPhase,
} from './play.ts'

const CHECK: Check = {
  ...ERRORS,
  provider: 'sandbox',
  rule: { judge: 'errors', margin: 1.1, worseBy: 1.5, minRequests: 50 },
}
const WINDOW_MS = 10_000
const PER_WINDOW = 500

/** What users met on the way of `turns` so far: both sides' counters by the traffic of each minute. */
class Users {
  private readonly minutes: { at: number; weight: number; rate: number }[] = []

  readonly turns: Turns

  constructor(turns: Turns) {
    this.turns = turns
  }

  /** A minute with the traffic as it is now, in which the candidate fails so often; stable always fails 1 %. */
  pass(rate: number): void {
    const { turns } = this
    this.minutes.push({ at: turns.now, weight: (traffic(turns).green ?? 0) / 100, rate })
    turns.now += MINUTE_MS
    turns.input = {
      ...turns.input,
      answers: { ...turns.input.answers, measurements: this.answers() },
    }
    turns.step()
  }

  /** The provider begins anew. */
  forget(): void {
    this.minutes.length = 0
  }

  private answers() {
    const id = queryId('fraud', CHECK)
    const startMs = recordIn(this.turns)?.startMs || this.turns.now
    const series: Series = {
      boundsMs: [],
      windowMs: WINDOW_MS,
      stable: this.samples(startMs, (weight) => [1 - weight, 0.01]),
      candidate: this.samples(startMs, (weight, rate) => [weight, rate]),
    }
    return new Map([[id, { id, is: 'series', series } as const]])
  }

  private samples(
    startMs: number,
    side: (weight: number, rate: number) => readonly [share: number, rate: number],
  ): readonly Sample[] {
    const at = (ms: number) => startMs + Math.floor((ms - startMs) / WINDOW_MS) * WINDOW_MS
    let sample: Sample = { at: at(this.minutes[0]?.at ?? startMs), requests: 0, errors: 0 }
    const samples = [sample]
    for (const { weight, rate } of this.minutes) {
      const [share, errors] = side(weight, rate)
      for (let window = 0; window < MINUTE_MS / WINDOW_MS; window += 1) {
        const requests = Math.round(PER_WINDOW * share)
        const place = samples.length
        const failed =
          Math.floor((place + 1) * requests * errors) - Math.floor(place * requests * errors)
        sample = {
          at: sample.at + WINDOW_MS,
          requests: sample.requests + requests,
          errors: sample.errors + Math.min(requests, failed),
        }
        samples.push(sample)
      }
    }
    return samples
  }
}

function started(policy: Partial<Omit<Rollout, 'slots'>> = {}): Users {
  const said = { steps: CANARY, analysis: [CHECK], bakeMs: 30 * MINUTE_MS, ...policy }
  const turns = opened(template(1, { policy: said }))
  turns.commit(template(2, { policy: said }), 'c2')
  const users = new Users(turns)
  for (let minute = 0; minute < 200 && recordIn(turns)?.phase !== 'baking'; minute += 1)
    users.pass(0.01)
  expect(recordIn(turns)?.phase).toBe('baking')
  return users
}

describe('the bake', () => {
  test('a candidate that fails half from 90 s into it on is taken back within two minutes', () => {
    const users = started()
    users.pass(0.01)
    users.pass(0.01)
    expect(traffic(users.turns)).toEqual({ green: 100 })
    users.pass(0.5)
    users.pass(0.5)
    expect(recordIn(users.turns)?.phase).toBe('aborted')
    expect(traffic(users.turns)).toMatchObject({ blue: 100 })
  })

  test('finds it also when the provider has forgotten what stable did, and nobody remembers', () => {
    const users = started()
    expect(recordIn(users.turns)?.reference?.requests).toBeGreaterThan(10_000)
    users.forget()
    users.turns.memory = {}
    users.pass(0.01)
    users.pass(0.5)
    users.pass(0.5)
    expect(recordIn(users.turns)?.phase).toBe('aborted')
  })

  test('a good candidate ends it, by what was seen before and no complaint since', () => {
    const users = started({
      steps: [CANARY[0], { type: 'pause', durationMs: 50 * MINUTE_MS }] as Rollout['steps'],
    })
    for (let minute = 0; minute < 32; minute += 1) users.pass(0.01)
    expect(recordIn(users.turns)).toMatchObject({ phase: 'stable', stable: { slot: 'green' } })
  })

  test('without numbers does not end, and gives its traffic back after half an hour', () => {
    const users = started()
    const { turns } = users
    turns.input = { ...turns.input, answers: { ...turns.input.answers, measurements: new Map() } }
    const pass = (minutes: number): void => {
      for (let minute = 0; minute < minutes; minute += 1) {
        turns.now += MINUTE_MS
        turns.step()
      }
    }
    pass(28)
    expect(recordIn(turns)?.phase).toBe('baking')
    pass(5)
    expect([recordIn(turns)?.phase, traffic(turns)]).toEqual(['stable', { blue: 100 }])
  })
})

describe('a control group', () => {
  test('keeps its share of the traffic through the bake, and 100 % comes with the promotion', () => {
    const policy = { analysis: [], bakeControl: 5 }
    const turns = opened(template(1, { policy }))
    turns.commit(template(2, { policy }), 'c2')
    untilPhase(turns, 'baking')
    expect(traffic(turns)).toMatchObject({ blue: 5, green: 95 })
    const before = turns.now
    until(turns, () => recordIn(turns)?.phase === 'stable')
    expect(turns.now - before).toBeGreaterThanOrEqual(5 * MINUTE_MS)
    expect(traffic(turns).green).toBe(100)
  })

  test('finds a candidate that turns bad, and takes it back', () => {
    const users = started({ bakeControl: 5 })
    users.pass(0.01)
    users.pass(0.01)
    expect(traffic(users.turns)).toMatchObject({ blue: 5, green: 95 })
    users.pass(0.5)
    users.pass(0.5)
    users.pass(0.5)
    expect(recordIn(users.turns)?.phase).toBe('aborted')
  })
})
