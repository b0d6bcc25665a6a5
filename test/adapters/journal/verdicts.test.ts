import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { openVerdicts } from '../../../src/adapters/journal/verdicts.ts'
import type { RolloutStatus } from '../../../src/core/model/rollout.ts'
import { createFolder } from '../../cli/program.ts'
import * as a from '../../support/report.ts'

const here = createFolder()
afterAll(here.remove)
let count = 0
let folder = ''
beforeEach(() => {
  count += 1
  folder = join(here.path, String(count))
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
