import { describe, expect, test } from '@jest/globals'
import type { Outcome } from '../../../src/core/model/report.ts'
import { withValue } from '../../../src/core/model/values/pointer.ts'
import { afterOutcomes } from '../../../src/core/plan/memory/next-memory.ts'
import { deployment, endpoint } from '../../support/desired.ts'
import { story, Turns, world } from '../../support/world.ts'

const FRAUD = { kind: 'OnlineEndpoint', name: 'fraud' } as const
const BLUE = { kind: 'OnlineDeployment', parent: 'fraud', name: 'blue' } as const
const wanted = [endpoint('fraud', { description: 'a' }), deployment('fraud', 'blue')]

function settled(): Turns {
  const turns = new Turns(wanted)
  turns.settle()
  return turns
}

describe('an endpoint whose write failed', () => {
  const heldOf = (turns: Turns, name: string) =>
    turns.plan().held.flatMap(({ ref, reason }) => (ref.name === name ? [reason] : []))
  const fails = (turns: Turns) => {
    turns.world = world(
      turns.world.resources.map((one) =>
        one.ref.kind === 'OnlineEndpoint' ? { ...one, phase: 'Failed' } : one,
      ),
    )
  }

  test('takes another deployment where one is there: it has come up before', () => {
    const turns = settled()
    fails(turns)
    turns.commit([...wanted, deployment('fraud', 'green')], 'c2')
    expect(heldOf(turns, 'green')).not.toContain('DependencyNotReady')
  })

  test('and none where nothing is in it', () => {
    const turns = new Turns([endpoint('fraud')])
    turns.step('Failed')
    turns.commit([endpoint('fraud'), deployment('fraud', 'green')], 'c2')
    expect(heldOf(turns, 'green')).toContain('DependencyNotReady')
  })
})

describe('failures', () => {
  const failed = (code: string): Turns => {
    const turns = new Turns(wanted)
    turns.step()
    turns.step('Failed')
    const failure = { code, message: 'why' }
    turns.world = world(
      turns.world.resources.map((one) => (one.phase === 'Failed' ? { ...one, failure } : one)),
    )
    return turns
  }

  test('of this very content stay as they are, with Azure’s reason', () => {
    const turns = failed('ResourceNotReady')
    expect(turns.settle()).toEqual([])
    expect(turns.plan().held).toMatchObject([
      { state: 'blocked', reason: 'ResourceNotReady', message: 'why Another commit leads on.' },
    ])
    expect(turns.plan().findings[0]).toMatchObject({ health: 'degraded' })
  })

  test('without a reason may pass, and are tried again', () => {
    const turns = new Turns(wanted)
    turns.step()
    turns.step('Failed')
    turns.step()
    expect(turns.plan().held).toMatchObject([
      { state: 'waiting', reason: 'Failed', message: 'Azure gives no reason.' },
    ])
    turns.now += 60_000
    expect(story(turns.plan().actions)).toEqual(['update_online_deployment blue'])
  })

  test('of a first create are deleted and made again when the content changes', () => {
    const turns = failed('ResourceNotReady')
    turns.commit(
      [
        endpoint('fraud', { description: 'a' }),
        deployment('fraud', 'blue', { model: 'azureml:fraud:2' }),
      ],
      'c2',
    )
    expect(story(turns.settle())).toEqual([
      'delete_online_deployment blue',
      'create_online_deployment blue',
    ])
  })

  test('that pass by themselves are tried again after a pause, each twice as long', () => {
    const turns = failed('InternalServerError')
    const waits: number[] = []
    for (let round = 0; round < 3; round += 1) {
      turns.step()
      const wakeAt = turns.plan().wakeAt ?? 0
      waits.push(wakeAt - turns.now)
      turns.now = wakeAt
      expect(story(turns.step().actions)).toEqual(['update_online_deployment blue'])
      expect(story(turns.step().actions)).toEqual(['delete_online_deployment blue'])
      turns.now += 1000
      expect(story(turns.step('Failed').actions)).toEqual(['create_online_deployment blue'])
      turns.world = world(
        turns.world.resources.map((one) =>
          one.phase === 'Failed'
            ? { ...one, failure: { code: 'InternalServerError', message: '' } }
            : one,
        ),
      )
    }
    expect(waits).toEqual([60_000, 120_000, 240_000])
  })

  test('says why by Azure, and how its log ends', () => {
    const turns = settled()
    const failure = { code: 'ResourceNotReady', message: 'It crashed.', log: 'import x | no x' }
    turns.world = world(
      turns.world.resources.map((one) =>
        one.ref.name === BLUE.name ? { ...one, phase: 'Failed', failure } : one,
      ),
    )
    const [held] = turns.plan().held.filter(({ ref }) => ref.name === BLUE.name)
    expect(held).toMatchObject({
      reason: 'ResourceNotReady',
      message: expect.stringContaining('It crashed. Its log ends: "import x | no x".'),
    })
  })

  test('a Failed deployment that serves is never deleted', () => {
    const turns = settled()
    turns.meddle(FRAUD, (body) => withValue(body, '/properties/traffic', { blue: 100 }))
    turns.world = world(
      turns.world.resources.map((one) =>
        one.ref.name === BLUE.name ? { ...one, phase: 'Failed' } : one,
      ),
    )
    turns.commit(
      [
        endpoint('fraud', { description: 'a' }),
        deployment('fraud', 'blue', { model: 'azureml:fraud:2' }),
      ],
      'c2',
    )
    expect(story(turns.step().actions)).toEqual(['update_online_deployment blue'])
  })
})

test.each(['Conflict', 'Moved'])(
  'a write refused as %s is asked again within two minutes, however often, although nobody waits for it',
  (reason) => {
    const turns = settled()
    turns.commit([endpoint('fraud', { description: 'b' }), deployment('fraud', 'blue')], 'c2')
    const tries: number[] = []
    while (tries.length < 12) {
      const { actions } = turns.plan()
      const failed = {
        result: 'Failed',
        reason,
        message: '',
        errorClass: 'conflict',
        retry: 'Later',
      } as const
      turns.memory = afterOutcomes(
        turns.memory,
        actions.map((action) => ({ action, ...failed })),
        turns.now,
      )
      if (actions.length > 0) tries.push(turns.now)
      turns.now += 60_000
    }
    for (const [place, at] of tries.entries())
      expect(at - (tries[place - 1] ?? at)).toBeLessThanOrEqual(120_000)
  },
)

describe('what users wait for is tried again soon', () => {
  const serving = [endpoint('fraud', { traffic: { blue: 100 } }), deployment('fraud', 'blue')]

  /** Somebody deletes things, and what makes them again is refused so often; gives the minutes between the tries. */
  function waitsAfter(gone: readonly string[], refusal: object, times: number): readonly number[] {
    const turns = new Turns(serving)
    turns.settle()
    const rest = turns.world.resources.filter(({ ref }) => !gone.includes(ref.kind))
    turns.world = world(
      rest.map((one) =>
        one.ref.kind === 'OnlineEndpoint'
          ? { ...one, body: withValue(one.body, '/properties/traffic', {}) }
          : one,
      ),
    )
    const tries: number[] = []
    while (tries.length < times) {
      const { actions } = turns.plan()
      const failed = { result: 'Failed', message: '', errorClass: 'quota', ...refusal } as const
      const outcomes = actions.map((action) => ({ action, ...failed }) as Outcome)
      turns.memory = afterOutcomes(turns.memory, outcomes, turns.now)
      if (actions.some(({ verb }) => verb === 'create')) tries.push(turns.now)
      turns.now += 60_000
    }
    return tries.slice(1).map((at, place) => (at - (tries[place] ?? 0)) / 60_000)
  }

  const quota = { reason: 'OutOfQuota', retry: 'Later', usualMs: 600_000 }
  test.each([
    ['a deployment, for want of quota', ['OnlineDeployment'], quota],
    [
      'a deployment, refused for good',
      ['OnlineDeployment'],
      { reason: 'BadRequest', retry: 'Never' },
    ],
    ['an endpoint with all in it', ['OnlineEndpoint', 'OnlineDeployment'], quota],
  ])('%s', (_, gone, refusal) => {
    for (const minutes of waitsAfter(gone, refusal, 12)) expect(minutes).toBeLessThanOrEqual(2)
  })

  test('and not within the time that Azure asked for', () => {
    const asked = { reason: 'Throttled', retry: 'Later', retryAfterMs: 300_000 }
    for (const minutes of waitsAfter(['OnlineDeployment'], asked, 4))
      expect(minutes).toBeGreaterThanOrEqual(5)
  })
})
