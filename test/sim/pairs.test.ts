import { describe, expect, test } from '@jest/globals'
import { parseDocument, stringify } from 'yaml'
import type { Files } from '../support/commits.ts'
import { RELATIONS } from './checker/metamorphic.ts'
import { check } from './checking.ts'
import type { TraceEvent } from './trace.ts'
import { scenarioOf, workloadOf } from './workloads/index.ts'
import { commit, fraud, MINUTE, template, users } from './workloads/workload.ts'
import type { Scenario, SimEvent } from './world/scenario.ts'
import type { StageOptions } from './world/stage.ts'

/** Two runs that differ in one thing which must not matter (INVARIANTS M1–M8; L5 and L6 are in `checker/`). */

type Played = Pick<StageOptions, 'respell' | 'slowness'>

async function traceOf(scenario: Scenario, options: Played = {}): Promise<readonly TraceEvent[]> {
  const trace: TraceEvent[] = []
  await check(scenario, { ...options, onEvent: (event) => trace.push(event) })
  return trace
}

const workload = (name: string): Scenario => scenarioOf(workloadOf(name), 1)

/** A world in which these events happen, and nothing is expected of the end. */
function world(events: readonly SimEvent[], lengthMs = 60 * MINUTE): Scenario {
  return {
    workload: 'pair',
    seed: 1,
    applications: [{ name: 'app' }],
    controllers: [{ name: 'c1', application: 'app' }],
    models: {},
    events,
    expectation: { soundModels: [], badModels: [], converges: false },
    lengthMs,
  }
}

function differences(
  id: string,
  left: readonly TraceEvent[],
  right: readonly TraceEvent[],
  renamed?: readonly [string, string],
): readonly string[] {
  const relation = RELATIONS.find((one) => one.id === id)
  if (relation === undefined) throw new Error(`there is no relation ${id}`)
  expect(left.some((event) => event.type === 'call' && event.method === 'PUT')).toBe(true)
  return relation.compare(left, right, renamed)
}

/** Files in another order, keys in the order of the alphabet, comments, and ends of lines as Windows has them. */
function respell(files: Files): Files {
  const yaml = (text: string): string => {
    const document = parseDocument(text)
    if (document.errors.length > 0) return text
    const other = stringify(document.toJS(), { sortMapEntries: true, lineWidth: 0 })
    return `# somebody else wrote this\n${other}`.replaceAll('\n', '\r\n')
  }
  const written = Object.entries(files).map(([path, text]): [string, Files[string]] => [
    path,
    typeof text === 'string' && path.endsWith('.yml') ? yaml(text) : text,
  ])
  return Object.fromEntries(written.reverse())
}

const STORIES = ['canary', 'guarded', 'explicit', 'plain', 'batchSwitch', 'halfBroken', 'scaled']

describe('M1: files and keys in another order, comments and ends of lines change no write', () => {
  test.each(STORIES)('%s', async (name) => {
    const scenario = workload(name)
    const trace = await traceOf(scenario)
    expect(differences('M1', trace, await traceOf(scenario, { respell }))).toEqual([])
  })
})

describe('M2: from A to C one comes to the same as by way of B', () => {
  test.each([6, 7, 8, 10, 14, 25])('with B merged %i minutes after the start', async (minute) => {
    const ends = [users(), commit(0, fraud(template(1)))]
    const last = commit(26 * MINUTE, fraud(template(3)))
    const direct = await traceOf(world([...ends, last]))
    const between = commit(minute * MINUTE, fraud(template(2)))
    expect(differences('M2', direct, await traceOf(world([...ends, between, last])))).toEqual([])
  })
})

describe('M3: a fault that passes changes neither the end nor what is made, deleted or moved', () => {
  const faults = ['500', '503', '429', 'timeout', 'lost', '409'] as const
  const rows = faults.flatMap((is) =>
    ['PUT onlineEndpoints', 'PUT onlineEndpoints/deployments', 'GET onlineEndpoints'].map(
      (on) => [is, on] as const,
    ),
  )
  test.each(rows)('%s to %s', async (is, on) => {
    const scenario = workload('canary')
    const faulted: Scenario = {
      ...scenario,
      events: [...scenario.events, { at: 5 * MINUTE, do: 'call', is, on, skip: 1 }],
    }
    expect(differences('M3', await traceOf(scenario), await traceOf(faulted))).toEqual([])
  })
})

describe('M5: two controllers write what one writes', () => {
  test.each(['canary', 'guarded', 'halfBroken', 'plain'])('%s', async (name) => {
    const one = workload(name)
    const controllers = ['c1', 'c2'].map((at) => ({ name: at, application: 'app' }))
    const both = await traceOf({ ...one, controllers })
    expect(differences('M5', await traceOf(one), both)).toEqual([])
  })
})

describe('M6: operations that take ten times as long change no write', () => {
  test.each(['canary', 'guarded', 'blueGreen'] as const)('%s', async (road) => {
    const scenario = world(
      [
        users(),
        commit(0, fraud(template(1, { road }))),
        commit(60 * MINUTE, fraud(template(2, { road }))),
      ],
      180 * MINUTE,
    )
    const slow = await traceOf(scenario, { slowness: 10 })
    expect(differences('M6', await traceOf(scenario), slow)).toEqual([])
  })
})

describe('M7: an endpoint that is renamed changes its own writes only', () => {
  test.each(['before', 'while'])('%s another one rolls out', async (when) => {
    const at = when === 'before' ? 6 * MINUTE : 13 * MINUTE
    const story = (name: string): Scenario =>
      world(
        [
          users('loans'),
          commit(0, { endpoints: { fraud: template(1), loans: template(1) } }),
          commit(at, { endpoints: { [name]: template(1), loans: template(1) } }),
          commit(12 * MINUTE, { endpoints: { [name]: template(1), loans: template(2) } }),
        ].sort((a, b) => a.at - b.at),
      )
    const [left, right] = [await traceOf(story('scores')), await traceOf(story('points'))]
    expect(differences('M7', left, right, ['scores', 'points'])).toEqual([])
  })
})

describe('M8: a disk that is wiped between two ticks changes no write', () => {
  test.each(STORIES)('%s', async (name) => {
    const scenario = workload(name)
    const wiped = Array.from(
      { length: 30 },
      (_, place): SimEvent => ({
        at: place * MINUTE + 30_000,
        do: 'diskGone',
      }),
    )
    const events = [...scenario.events, ...wiped].sort((a, b) => a.at - b.at)
    const right = await traceOf({ ...scenario, events })
    expect(differences('M8', await traceOf(scenario), right)).toEqual([])
  })
})
