import type { Violation } from './trace.ts'
import { isFault, type Scenario, type SimEvent } from './world/scenario.ts'

/** A scenario as a test that can be pasted. */
export function testOf(scenario: Scenario, { id, message }: Violation): string {
  const { events, ...rest } = scenario
  const head = Object.entries(rest).map(([name, value]) => `    ${name}: ${literal(value)},`)
  return [
    `test(${literal(`${id}: ${message} (${scenario.workload}, seed ${scenario.seed})`.slice(0, 160))}, async () => {`,
    '  const scenario: Scenario = {',
    ...head,
    '    events: [',
    ...events.map((event) => `      ${literal(event)},`),
    '    ],',
    '  }',
    '  expect(await replay(scenario)).toEqual([])',
    '})',
  ].join('\n')
}

/** As the formatter of this repository would write it, but for the line length. */
function literal(value: unknown): string {
  if (typeof value === 'string') return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  if (typeof value === 'number') return numberText(value)
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(
      ([name, member]) => `${/^[a-z]\w*$/i.test(name) ? name : literal(name)}: ${literal(member)}`,
    )
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}

function numberText(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, '_')
}

/** The same for people: a line per event. */
export function story({ workload, seed, models, events, lengthMs }: Scenario): string {
  const lines = events.map(
    (event) => `  ${clock(event.at)} ${isFault(event) ? '!' : ' '} ${said(event)}`,
  )
  const bad = Object.keys(models).length === 0 ? '' : ` models ${JSON.stringify(models)}`
  return [`${workload}, seed ${seed}, ${clock(lengthMs)} long${bad}`, ...lines].join('\n')
}

function said({ at, ...event }: SimEvent): string {
  return JSON.stringify(event).replaceAll('"', '').slice(1, -1)
}

function clock(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
