import { describe, test } from '@jest/globals'
import { type Case, expectBroken, expectKept } from './cases.ts'
import { BLUE, CANARY, GREEN, MINUTE, record, START } from './records.ts'
import { baking, canary, serving } from './rollouts.ts'

const PROMOTED = record({ stable: GREEN, previous: BLUE, untilMs: START + 60 * MINUTE })

const CASES: readonly Case[] = [
  {
    id: 'S6',
    breaks: 'a step left out',
    by: () => serving().look().shift({ blue: 50, green: 50 }, CANARY),
    near: 'the first step, and after a hand took it away the same again',
    but: () =>
      canary()
        .hand('onlineEndpoints/fraud')
        .setEndpoint('fraud', { traffic: { blue: 100 }, record: CANARY })
        .state('hand')
        .look()
        .shift({ blue: 90, green: 10 }, CANARY),
  },
  {
    id: 'S6',
    breaks: 'a pause cut short',
    by: () => canary().look().measure().shift({ blue: 50, green: 50 }, CANARY),
    near: 'a pause that somebody ended by promote',
    but: () => canary().say('promote').look().measure().shift({ blue: 50, green: 50 }, CANARY),
  },
  {
    id: 'S6',
    breaks: 'a bake cut short',
    by: () => baking().look().measure().shift({ green: 100 }, PROMOTED),
    near: 'a bake that has had its time',
    but: () =>
      baking()
        .wait(2 * MINUTE)
        .look()
        .measure()
        .shift({ green: 100 }, PROMOTED),
  },
  {
    id: 'S25',
    breaks: 'a pause cut short by a restart',
    by: () => canary().crash().restart().look().measure().shift({ blue: 50, green: 50 }, CANARY),
    near: 'a pause that goes on through a restart',
    but: () =>
      canary()
        .crash()
        .restart()
        .wait(MINUTE)
        .look()
        .measure()
        .shift({ blue: 50, green: 50 }, CANARY),
  },
  {
    id: 'S31',
    breaks: 'a pause cut short by a clock that jumps',
    by: () =>
      canary()
        .fault('clock controller jumps')
        .look()
        .measure()
        .shift({ blue: 50, green: 50 }, CANARY),
    near: 'a pause that goes on though a clock jumps',
    but: () =>
      canary()
        .fault('clock controller jumps')
        .wait(MINUTE)
        .look()
        .measure()
        .shift({ blue: 50, green: 50 }, CANARY),
  },
]

describe('the checker on steps and waits', () => {
  for (const one of CASES) {
    test(`${one.id} reports ${one.breaks}`, () => expectBroken(one))
    test(`${one.id} has nothing against ${one.near}`, () => expectKept(one))
  }
})
