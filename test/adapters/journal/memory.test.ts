import { describe, expect, test } from '@jest/globals'
import { createJournal } from '../../../src/adapters/journal/memory.ts'
import type { Report } from '../../../src/core/model/report.ts'
import { EVENTS_PER_TICK_MAX, eventsOf } from '../../../src/core/report/events/event.ts'
import * as a from '../../support/report.ts'

const fraud = a.endpoint('fraud')

function reasons(report: Report, previous?: Report): readonly string[] {
  return eventsOf(report, previous).map(({ reason }) => reason)
}

describe('the journal', () => {
  test('knows nothing before the first tick', () => {
    const journal = createJournal({ history: 3 })
    expect([journal.latest(), journal.history(), journal.events()]).toEqual([undefined, [], []])
  })

  test('keeps the latest report and a bounded history, oldest first', () => {
    const journal = createJournal({ history: 3 })
    for (let tick = 1; tick <= 5; tick++) journal.record(a.report({ tick }))
    expect(journal.history().map(({ tick }) => tick)).toEqual([3, 4, 5])
    expect(journal.latest()?.tick).toBe(5)
  })

  test('keeps of earlier ticks a line each, however many resources there are', () => {
    const journal = createJournal({ history: 100 })
    const resources = Array.from({ length: 1000 }, () => a.resource(fraud))
    for (let tick = 1; tick <= 100; tick++)
      journal.record(a.report({ tick, resources, outcomes: [a.started(fraud), a.failed(fraud)] }))
    expect(JSON.stringify(journal.history()).length).toBeLessThan(100 * 400)
    expect(journal.history()[0]).toMatchObject({ tick: 1, started: 1, failed: 1 })
    expect(journal.latest()?.resources).toHaveLength(1000)
  })

  test('keeps a bounded list of events', () => {
    const journal = createJournal({ history: 1 })
    for (let tick = 1; tick <= 600; tick++) {
      journal.record(
        a.report({ tick, attemptedRevision: `c${tick}`, outcomes: [a.started(fraud)] }),
      )
    }
    expect(journal.events()).toHaveLength(1000)
    expect(journal.events().at(-1)?.tick).toBe(600)
  })

  test('does not keep dry runs: they changed nothing', () => {
    const journal = createJournal({ history: 3 })
    journal.record(a.report({ dryRun: true }))
    expect(journal.latest()).toBeUndefined()
  })

  test('tells those who watch until they stop, and survives one that throws', () => {
    const errors: unknown[] = []
    const seen: number[] = []
    const journal = createJournal({ history: 3, onError: (error) => errors.push(error) })
    journal.watch(() => {
      throw new Error('a listener broke')
    })
    const stop = journal.watch(({ tick }, events) => seen.push(tick, events.length))
    journal.record(a.report({ tick: 1 }))
    stop()
    journal.record(a.report({ tick: 2 }))
    expect(seen).toEqual([1, 3])
    expect(errors).toHaveLength(2)
  })
})

describe('events', () => {
  test.each<[string, Partial<Report>, Partial<Report> | undefined, readonly string[]]>([
    [
      'a first quiet tick tells the revision and the state',
      {},
      undefined,
      ['RevisionSeen', 'Converged', 'Converged'],
    ],
    ['the same again tells nothing', {}, {}, []],
    ['a new commit is told once', { attemptedRevision: 'beef' }, {}, ['RevisionSeen']],
    [
      'every start is told',
      { outcomes: [a.started(fraud)] },
      { outcomes: [a.started(fraud)] },
      ['UpdateStarted'],
    ],
    [
      'every failure is told',
      { outcomes: [a.failed(fraud)] },
      { outcomes: [a.failed(fraud)] },
      ['OutOfQuota'],
    ],
    ['a problem is told once', { problems: [a.problem()] }, { problems: [a.problem()] }, []],
    ['a new problem is told', { problems: [a.problem()] }, {}, ['UnknownField']],
    ['solved problems are told', {}, { problems: [a.problem()] }, ['ProblemsSolved']],
    [
      'a condition is told when its status changes',
      { conditions: [a.condition({ status: 'False', reason: 'Stalled' })] },
      {},
      ['Stalled'],
    ],
    [
      'a condition is not told when only its message changes',
      { conditions: [a.condition({ message: 'still so' })] },
      {},
      [],
    ],
    [
      'what is held is told when it begins',
      {
        plan: a.plan({ held: [{ ref: fraud, state: 'blocked', reason: 'NotOurs', message: 'x' }] }),
      },
      {},
      ['NotOurs'],
    ],
  ])('%s', (_name, now, before, expected) => {
    expect(reasons(a.report(now), before && a.report(before))).toEqual(expected)
  })

  test('a thing that is not ready yet is no warning, one that is stalled is', () => {
    const notReady = a.condition({ status: 'False', reason: 'Provisioning' })
    const calm = a.condition({ type: 'Stalled', status: 'False', reason: 'Moving' })
    const stuck = a.condition({ type: 'Stalled', status: 'True', reason: 'OutOfQuota' })
    const told = (...conditions: readonly ReturnType<typeof a.condition>[]) =>
      eventsOf(a.report({ conditions }), a.report({ conditions: [] })).map(
        ({ type, reason }) => `${type} ${reason}`,
      )
    expect(told(notReady, calm)).toEqual(['Normal Provisioning'])
    expect(told(notReady, stuck)).toEqual(['Warning Provisioning', 'Warning OutOfQuota'])
  })

  test('thousands in one tick are cut with a line that says how many', () => {
    const problems = Array.from({ length: 5000 }, (_, line) =>
      a.problem({ at: { file: 'a.yml', line, column: 1 } }),
    )
    const events = eventsOf(a.report({ problems }), undefined)
    expect(events).toHaveLength(EVENTS_PER_TICK_MAX)
    expect(events.at(-1)?.message).toBe('and 4804 more events')
  })
})
