import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { openAudit } from '../../../src/adapters/journal/audit.ts'
import type { IntentAnswer } from '../../../src/core/model/rollout.ts'
import { createFolder } from '../../cli/program.ts'
import * as a from '../../support/report.ts'

const here = createFolder()
afterAll(here.remove)
let folder = ''
beforeEach(() => {
  folder = here.next()
})

const answer = (result: IntentAnswer['result'], id = 'i1', why = 'looks good'): IntentAnswer => ({
  intent: a.intent({ id, verb: 'promote', who: 'kim (token)', why }),
  result,
  message: 'kim said promote.',
})
const report = (...answers: readonly IntentAnswer[]) => a.report({ answers })
const linesOf = (name: string): readonly Record<string, unknown>[] =>
  readFileSync(join(folder, name), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

function open(errors: unknown[] = []) {
  return openAudit({ folder, onError: (error) => errors.push(error) })
}

describe('the audit of levers', () => {
  test('says who said what, when, why and with what result, to its user alone', () => {
    open().record(report(answer('accepted')), undefined)
    expect(linesOf('accepted.jsonl')).toEqual([
      {
        ...{ at: expect.stringMatching(/Z$/), application: 'fraud-prod', verb: 'promote' },
        ...{ endpoint: 'fraud', who: 'kim (token)', why: 'looks good', result: 'accepted' },
        ...{ message: 'kim said promote.', id: 'i1' },
      },
    ])
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(statSync(join(folder, 'accepted.jsonl')).mode & 0o777).toBe(0o600)
  })

  test('loses no line to one before it that was not written to its end', () => {
    open().record(report(answer('accepted', 'i1')), undefined)
    const file = join(folder, 'accepted.jsonl')
    writeFileSync(file, `${readFileSync(file, 'utf8')}{"at":"2026-`)
    open().record(report(answer('accepted', 'i2')), undefined)
    open().record(report(answer('accepted', 'i3')), undefined)
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    expect(lines[1]).toBe('{"at":"2026-')
    expect([0, 2, 3].map((at) => JSON.parse(lines[at] ?? '').id)).toEqual(['i1', 'i2', 'i3'])
  })

  test('has what waits when it is answered, and once', () => {
    const audit = open()
    const waiting = report(answer('pending'))
    audit.record(waiting, undefined)
    audit.record(waiting, waiting)
    audit.record(report(answer('accepted')), waiting)
    expect(linesOf('accepted.jsonl')).toHaveLength(1)
  })

  test('keeps what was done, however much is refused', () => {
    const audit = open()
    audit.record(report(answer('accepted')), undefined)
    const long = 'x'.repeat(600_000)
    for (let flood = 0; flood < 100; flood += 1)
      audit.record(report(answer('refused', `r${flood}`, long)), undefined)
    expect(linesOf('accepted.jsonl')).toMatchObject([{ id: 'i1' }])
    const refused = readdirSync(folder).filter((name) => name.startsWith('refused'))
    expect(refused.toSorted()).toEqual([
      ...['refused.1.jsonl', 'refused.2.jsonl', 'refused.3.jsonl', 'refused.4.jsonl'],
      'refused.jsonl',
    ])
    expect(linesOf('refused.jsonl').at(-1)).toMatchObject({ id: 'r99' })
  })

  test('that cannot be written is told, and disturbs nothing', () => {
    writeFileSync(folder, 'a file where the folder should be')
    const errors: unknown[] = []
    const audit = open(errors)
    audit.record(report(answer('accepted'), answer('accepted', 'i2')), undefined)
    expect(errors).toHaveLength(2)
  })
})
