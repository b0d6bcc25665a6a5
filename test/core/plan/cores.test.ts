import { describe, expect, test } from '@jest/globals'
import { type Cores, coresReserved, shortageOf } from '../../../src/core/plan/cores.ts'
import { live } from '../../support/world.ts'
import { opened, reasons, slotRef, template } from '../rollout/play.ts'

const SIZE = 'Standard_DS3_v2'

function region(used: number, limit: number): Cores {
  return {
    sizes: [{ name: SIZE, family: 'StandardDSv2Family', cores: 4 }],
    quotas: [{ family: 'standardDSv2family', used, limit }],
  }
}

describe('cores that are missing', () => {
  const wanted = { size: 'standard_ds3_v2', instances: 10 }
  const half = live(slotRef('green'), { properties: { instanceType: SIZE }, sku: { capacity: 5 } })

  test('a fifth is kept for Azure, in whole instances', () => {
    expect([coresReserved(10, 4), coresReserved(1, 4), coresReserved(0, 4)]).toEqual([48, 8, 0])
  })

  test.each<[string, Parameters<typeof shortageOf>, number | undefined]>([
    ['exactly enough', [wanted, undefined, region(52, 100)], undefined],
    ['one too few', [wanted, undefined, region(53, 100)], 1],
    ['what it holds already is its own', [wanted, half, region(76, 100)], undefined],
    ['and not more', [wanted, half, region(77, 100)], 1],
    ['no limit', [wanted, undefined, region(1000, -1)], undefined],
    ['a quota that is more than used up', [wanted, undefined, region(110, 100)], 48],
    ['a size nobody knows', [{ ...wanted, size: 'X' }, undefined, region(99, 100)], undefined],
  ])('%s', (_, asked, missing) => expect(shortageOf(...asked)?.missing).toBe(missing))
})

test('a new revision is not begun without the cores for it beside what serves', () => {
  const turns = opened(template(1))
  turns.commit(template(2), 'c2')
  turns.input = { ...turns.input, answers: { ...turns.input.answers, cores: region(93, 100) } }
  expect(reasons(turns.step())).toContain('green QuotaShort')
  turns.input = { ...turns.input, answers: { ...turns.input.answers, cores: region(92, 100) } }
  expect(turns.step().actions).toMatchObject([{ operation: 'create_online_deployment' }])
})
