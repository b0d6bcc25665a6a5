import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { openDurations } from '../../../src/adapters/journal/durations.ts'
import { createFolder } from '../../cli/program.ts'

const here = createFolder()
afterAll(here.remove)
let folder = ''
beforeEach(() => {
  folder = here.next()
})

const OWNER = { application: 'fraud', workspace: 'https://arm/s/rg/ws', program: '1.0.0 abc' }
const SORT = 'create_online_deployment Standard_DS_v2'
const open = (of = OWNER) => openDurations({ folder, of, onError: () => {} })
const write = (took: unknown): void => {
  open().keep(new Map([[SORT, [1]]]))
  const file = join(folder, readdirSync(folder)[0] ?? '')
  writeFileSync(file, JSON.stringify({ ...OWNER, took }))
}

describe('how long operations took', () => {
  test('is what the next process recalls, of the same workspace only', () => {
    const took = new Map([
      [SORT, [3000, 1000]],
      ['delete_online_deployment', [0]],
    ])
    open().keep(took)
    expect(open().recall()).toEqual(took)
    expect(open({ ...OWNER, workspace: 'other' }).recall()).toEqual(new Map())
    expect(statSync(join(folder, readdirSync(folder)[0] ?? '')).mode & 0o777).toBe(0o600)
  })

  test('makes no file while nothing is known', () => {
    open().keep(new Map())
    expect(() => statSync(folder)).toThrow('ENOENT')
  })

  const unreadable: readonly [string, unknown][] = [
    ['texts', ['1']],
    ['what is no list', 7],
    ['less than nothing', [-1]],
    ['more than a day', [86_400_001]],
    ['nothing', [null]],
  ]
  test.each(unreadable)('is nothing where a file has %s', (_, times) => {
    write({ [SORT]: times, delete_endpoint: [5] })
    expect([...open().recall()]).toEqual([
      [SORT, []],
      ['delete_endpoint', [5]],
    ])
  })

  test.each([[[]], [null], [7], [{ '<b>': [1] }], [{ 'x\ny': [1] }]])('nor is %j read', (took) => {
    write(took)
    expect(open().recall()).toEqual(new Map())
  })

  test('is bounded, whatever a file has', () => {
    const sorts = Array.from({ length: 150 }, (_, at) => [`${SORT}${at}`, Array(80).fill(1)])
    write(Object.fromEntries(sorts))
    expect(open().recall().size).toBe(100)
    expect([...open().recall().values()].every((all) => all.length === 50)).toBe(true)
  })
})
