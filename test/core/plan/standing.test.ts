import { expect, test } from '@jest/globals'
import type { RolloutStatus } from '../../../src/core/model/rollout.ts'
import type { Turns } from '../../support/world.ts'
import { explicit, opened, say, template, traffic, until, untilPhase } from '../rollout/play.ts'

function status(turns: Turns): RolloutStatus {
  const rollout = turns.plan().findings.find(({ key }) => key === 'OnlineEndpoint/fraud')?.rollout
  if (rollout === undefined) throw new Error('no rollout')
  return rollout
}

test('what somebody undid had passed every step and its bake', () => {
  const turns = opened(template(1))
  turns.commit(template(2), 'c2')
  until(turns, () => traffic(turns).green === 100)
  untilPhase(turns, 'stable')
  say(turns, 'undo')
  until(turns, () => traffic(turns).blue === 100)
  const { step, steps, aborted } = status(turns)
  expect(aborted?.reason).toBe('UndoneByHand')
  expect(step).toBe(steps.length + 1)
})

test('what was undone half-way is shown where it was', () => {
  const turns = opened(template(1))
  turns.commit(template(2), 'c2')
  until(turns, () => traffic(turns).green === 10)
  say(turns, 'undo')
  until(turns, () => traffic(turns).blue === 100)
  expect(status(turns).step).toBeLessThan(2)
})

test('the candidate is what Git wants, also while its slot still has what was there before', () => {
  const turns = opened(explicit('blue', { blue: 1, green: 1 }))
  turns.commit(explicit('green', { blue: 1, green: 2 }), 'c2')
  expect(status(turns).candidate?.model).toBe('fraud:2')
})

test('who ended the bake is told by name', () => {
  const turns = opened(template(1))
  turns.commit(template(2), 'c2')
  until(turns, () => traffic(turns).green === 100)
  const { answers } = say(turns, 'promote')
  expect(answers).toMatchObject([
    { result: 'accepted', message: 'kim said promote. The bake is over.' },
  ])
})
