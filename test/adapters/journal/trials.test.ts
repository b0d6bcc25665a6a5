import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { openKeptTrials } from '../../../src/adapters/journal/trials.ts'
import type { KeptTrial } from '../../../src/reconcile/ports.ts'
import { createFolder } from '../../cli/program.ts'

const here = createFolder()
afterAll(here.remove)
let folder = ''
beforeEach(() => {
  folder = here.next()
})

const OWNER = { application: 'batch', workspace: 'https://arm/s/rg/ws', program: '1.0.0 abc' }
const ROW: KeptTrial = {
  ask: {
    key: 'BatchDeployment/nightly/green',
    endpoint: 'nightly',
    candidate: { slot: 'green', rev: '22222222' },
    stable: { slot: 'blue', rev: '11111111' },
    trial: { input: 'azureml:sample:3', tolerance: 1e-6, mismatches: 0 },
  },
  jobs: [
    { deployment: 'blue', name: 'batchjob-1' },
    { deployment: 'green', name: 'b5b2e9f4-0000-4000-8000-000000000000' },
  ],
}
const open = (of = OWNER) => openKeptTrials({ folder, of, onError: () => {} })
const file = (): string => join(folder, readdirSync(folder)[0] ?? '')

/** A file in which `change` was made to what is written of a trial. */
function written(change: (row: Record<string, unknown>) => unknown): void {
  open().keep([ROW])
  const content = JSON.parse(readFileSync(file(), 'utf8')) as { trials: Record<string, unknown>[] }
  const trials = content.trials.map(change)
  writeFileSync(file(), JSON.stringify({ ...content, trials }))
}

describe('the jobs of trials that are kept', () => {
  test('are what the next process recalls, of the same workspace only', () => {
    open().keep([ROW])
    expect(open().recall()).toEqual([ROW])
    expect(open({ ...OWNER, workspace: 'other' }).recall()).toEqual([])
    expect(statSync(file()).mode & 0o777).toBe(0o600)
  })

  test('are forgotten when none is left, and make no file for none', () => {
    open().keep([])
    expect(() => statSync(folder)).toThrow('ENOENT')
    open().keep([ROW])
    const next = open()
    next.recall()
    next.keep([])
    expect(open().recall()).toEqual([])
  })

  const DAMAGED: readonly (readonly [string, (row: Record<string, unknown>) => unknown])[] = [
    ['is no object', () => 7],
    ['has no jobs', ({ jobs: _, ...row }) => row],
    [
      'has a job that leads elsewhere',
      (row) => ({ ...row, jobs: [{ deployment: 'a', name: '../x' }] }),
    ],
    ['has a job without a name', (row) => ({ ...row, jobs: [{ deployment: 'a' }, 7] })],
    ['has an endpoint that is none', (row) => ({ ...row, endpoint: 'a/b' })],
    ['has a key of another kind', (row) => ({ ...row, key: 'OnlineDeployment/a/b' })],
    ['has a revision that is none', (row) => ({ ...row, candidate: { slot: 'green', rev: 'x' } })],
    ['has no default deployment', (row) => ({ ...row, stable: 7 })],
    ['has no rules', (row) => ({ ...row, trial: {} })],
    ['has half of the rules', (row) => ({ ...row, trial: { input: 'a', tolerance: 1 } })],
    ['has no rules at all', (row) => ({ ...row, trial: null })],
  ]
  test.each(DAMAGED)('are none where a row %s', (_, change) => {
    written(change)
    expect(open().recall()).toEqual([])
  })

  test('are bounded, whatever a file has', () => {
    open().keep([ROW])
    const jobs = Array.from({ length: 50 }, (_, at) => ({ deployment: 'a', name: `job-${at}` }))
    const trials = Array.from({ length: 500 }, () => ({ ...ROW.ask, jobs }))
    writeFileSync(file(), JSON.stringify({ ...OWNER, trials }))
    const kept = open().recall()
    expect([kept.length, kept[0]?.jobs.length]).toEqual([200, 10])
  })
})
