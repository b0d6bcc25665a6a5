import { describe, expect, test } from '@jest/globals'
import { type Cores, coresReserved, shortageOf } from '../../../src/core/plan/capacity/cores.ts'
import { reserveOf } from '../../../src/core/plan/capacity/reserve.ts'
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
    const [size] = region(0, 0).sizes
    if (size === undefined) throw new Error('the region has one size')
    expect([10, 1, 0].map((count) => coresReserved(count, size))).toEqual([48, 8, 0])
  })

  test.each<[size: string, family: string, reserve: string]>([
    ['Standard_DS3_v2', 'standardDSv2Family', 'yes'],
    ['STANDARD_NC4AS_T4_V3', 'Standard NCASv3_T4 Family', 'yes'],
    ['Standard_NC4as_T4_v3', 'standardNCASv3_T4Family', 'yes'],
    ['Standard_NC24ads_A100_v4', 'StandardNCADSA100v4Family', 'no'],
    ['standard_nd96isr_h100_v5', 'standardNDv5H100Family', 'no'],
    ['Standard_D4s_v3', 'standardDSv3Family', 'unknown'],
    ['Standard_ND96isr_H200_v5', 'standardNDv5H200Family', 'unknown'],
  ])('whether %s needs the fifth', (name, family, reserve) => {
    expect(reserveOf({ name, family })).toBe(reserve)
  })

  /** Ten instances of four cores, of 100. */
  const other = (name: string, family: string, used: number): Cores => ({
    sizes: [{ name, family, cores: 4 }],
    quotas: [{ family, used, limit: 100 }],
  })

  test.each<[string, Cores, number | undefined]>([
    ['without a reserve', other('Standard_NC24ads_A100_v4', 'A100', 60), undefined],
    ['and one core too few', other('Standard_NC24ads_A100_v4', 'A100', 61), 1],
    ['unknown, and room for the instances', other('Standard_D4s_v3', 'DSv3', 60), undefined],
    ['unknown, and not even that', other('Standard_D4s_v3', 'DSv3', 61), 1],
  ])('only what Azure refuses for certain is missing: %s', (_, cores, missing) => {
    const [{ name: size } = { name: '' }] = cores.sizes
    expect(shortageOf({ size, instances: 10 }, undefined, cores)?.missing).toBe(missing)
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

describe('a slot is deleted to be made again only where what replaces it can be made', () => {
  function replaced(size: string, cores: Cores) {
    const turns = opened(template(1))
    turns.commit(template(2), 'c2')
    for (let turn = 0; turn < 3; turn += 1) turns.step()
    turns.commit(template(3, { fields: { instance_type: size } }), 'c3')
    const verbs: string[] = []
    for (let turn = 0; turn < 6; turn += 1) {
      turns.input = { ...turns.input, answers: { ...turns.input.answers, cores } }
      turns.now += 60_000
      verbs.push(...turns.step().actions.map(({ operation, ref }) => `${operation} ${ref.name}`))
    }
    return { verbs, held: reasons(turns.plan()) }
  }

  const known = {
    ...region(0, 100),
    sizes: [
      ...region(0, 100).sizes,
      { name: 'Standard_F4s_v2', family: 'standardFSv2Family', cores: 4 },
    ],
  }
  const full = {
    ...known,
    quotas: [...known.quotas, { family: 'standardFSv2Family', used: 99, limit: 100 }],
  }

  test('a size that the region has', () => {
    expect(replaced('Standard_F4s_v2', known).verbs).toContain('delete_online_deployment green')
  })

  test.each([
    ['a size that it has not', 'Standard_F4s_v9', known, 'UnknownInstanceType'],
    ['a size that there is no quota for', 'Standard_F4s_v2', full, 'QuotaShort'],
  ])('%s', (_, size, cores, reason) => {
    const { verbs, held } = replaced(size, cores)
    expect(verbs).not.toContain('delete_online_deployment green')
    expect(held).toContain(`green ${reason}`)
  })
})

test('a size that the region does not have is said before anything is asked of Azure', () => {
  const turns = opened(template(1))
  turns.commit(template(2, { fields: { instance_type: 'Standard_X' } }), 'c2')
  turns.input = { ...turns.input, answers: { ...turns.input.answers, cores: region(0, 100) } }
  expect(reasons(turns.step())).toContain('green UnknownInstanceType')
})
