import { appendFileSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { lastVerdict, openVerdicts } from '../../../src/adapters/journal/verdicts.ts'
import type { RolloutStatus } from '../../../src/core/model/rollout.ts'
import { createFolder } from '../../cli/program.ts'
import * as a from '../../support/report.ts'

const here = createFolder()
afterAll(here.remove)
let folder = ''
beforeEach(() => {
  folder = here.next()
})

const report = (rollout: RolloutStatus) => a.report({ resources: [a.rolling(rollout)] })
const RUNNING = report(a.rollout({ judgements: [a.judgement()] }))
const OVER = report(a.aborted({ judged: a.judged() }))

function open(errors: unknown[] = []) {
  return openVerdicts({ folder, onError: (error) => errors.push(error) })
}

describe('what ended a rollout', () => {
  test('is written down with its numbers, once, for its user alone', () => {
    const verdicts = open()
    verdicts.record(RUNNING, undefined)
    verdicts.record(OVER, RUNNING)
    verdicts.record(OVER, OVER)
    const file = join(folder, 'verdicts.jsonl')
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      {
        ...{ application: 'fraud-prod', endpoint: 'fraud', phase: 'rolled_back' },
        ...{ reason: 'RolloutAborted', deployment: 'green', revision: '77aa1122' },
        items: [{ name: 'errors', query: 'up', candidate: { requests: [0, 50], errors: [0, 12] } }],
      },
    ])
    expect([statSync(folder).mode & 0o777, statSync(file).mode & 0o777]).toEqual([0o700, 0o600])
  })

  test('that cannot be written is told, and disturbs nothing', () => {
    writeFileSync(folder, 'a file where the folder should be')
    const errors: unknown[] = []
    open(errors).record(OVER, RUNNING)
    expect(errors).toHaveLength(1)
  })
})

describe('the last verdict of an endpoint', () => {
  const FRAUD = { application: 'fraud-prod', endpoint: 'fraud' }
  const overWith = (revision: string) =>
    report(a.aborted({ judged: a.judged({ revision }), endpoint: 'fraud' }))
  const revisionOf = async (of = FRAUD) => (await lastVerdict(folder, of))?.revision

  test('is the newest line of it, and of no other endpoint or Application', async () => {
    const verdicts = open()
    verdicts.record(overWith('11111111'), RUNNING)
    verdicts.record(overWith('22222222'), RUNNING)
    expect(await lastVerdict(folder, FRAUD)).toEqual({
      ...{ endpoint: 'fraud', deployment: 'green', revision: '22222222' },
      ...{ at: '2026-01-15T12:00:10Z', items: [expect.objectContaining({ query: 'up', left: 0 })] },
    })
    expect(await revisionOf({ ...FRAUD, endpoint: 'churn' })).toBeUndefined()
    expect(await revisionOf({ ...FRAUD, application: 'other' })).toBeUndefined()
  })

  test('is found in the file before, too, and behind a line that was not written to its end', async () => {
    expect(await revisionOf()).toBeUndefined()
    open().record(overWith('11111111'), RUNNING)
    const file = join(folder, 'verdicts.jsonl')
    appendFileSync(file, '{"application":"fraud-prod","endpoint":"fraud","items":[')
    expect(await revisionOf()).toBe('11111111')
    renameSync(file, join(folder, 'verdicts.1.jsonl'))
    writeFileSync(file, '7\n{"endpoint":"fraud"}\n')
    expect(await revisionOf()).toBe('11111111')
  })
})
