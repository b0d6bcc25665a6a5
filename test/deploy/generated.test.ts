import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { ALERTS } from '../../deploy/generate/alerts.ts'
import { vanished } from '../../deploy/generate/catalog.ts'
import { CONTROLLER } from '../../deploy/generate/dashboards/controller.ts'
import { DRIFT } from '../../deploy/generate/dashboards/drift.ts'
import { ENDPOINT_PAGE } from '../../deploy/generate/dashboards/endpoint.ts'
import { FLEET } from '../../deploy/generate/dashboards/fleet.ts'
import { RECORDINGS } from '../../deploy/generate/recordings.ts'
import { generatedFiles } from '../../deploy/generate.ts'
import { CATALOGUE } from '../../src/adapters/telemetry/catalogue.ts'
import type { Family } from '../../src/adapters/telemetry/family.ts'
import { runTool, testWith } from '../support/tools.ts'

const DEPLOY = join(import.meta.dirname, '../../deploy')
const PROMETHEUS = join(DEPLOY, 'prometheus')

describe('generated files', () => {
  test.each([...generatedFiles()])(
    'deploy/%s is what `npm run generate` makes',
    async (path, text) => {
      expect(await readFile(join(DEPLOY, path), 'utf8')).toBe(text)
    },
  )

  test('a metric cannot vanish from the catalogue without its rename being declared', () => {
    const before = JSON.stringify({ families: [{ name: 'verdigris_a' }, { name: 'verdigris_b' }] })
    const renamed = JSON.stringify({
      families: [{ name: 'verdigris_a' }, { name: 'verdigris_c', formerly: 'verdigris_b' }],
    })
    const removed = JSON.stringify({ families: [{ name: 'verdigris_a' }] })
    expect(vanished(before, renamed)).toEqual([])
    expect(vanished(before, removed)).toEqual(['verdigris_b'])
  })
})

/** Every selector `verdigris_x{label="…"}` of an expression. */
function selectorsOf(
  expr: string,
): readonly (readonly [name: string, labels: readonly string[]])[] {
  return [...expr.matchAll(/(verdigris_\w+)(?:\{([^}]*)\})?/g)].map(
    ([, name = '', inside = '']) => [
      name.replace(/_(?:bucket|sum|count)$/, ''),
      [...inside.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label),
    ],
  )
}

const FAMILIES = new Map<string, Family>(
  Object.values<Family>(CATALOGUE).map((family) => [family.name, family]),
)
const QUERIES = [FLEET, ENDPOINT_PAGE, DRIFT, CONTROLLER].flatMap(({ title, rows }) =>
  rows.flatMap(({ panels }) =>
    panels.flatMap((panel) =>
      panel.queries.map(({ expr }): [string, string] => [`${title}: ${panel.title}`, expr]),
    ),
  ),
)

describe('what rules and dashboards ask for exists', () => {
  test.each([
    ...ALERTS.map(({ name, expr }): [string, string] => [name, expr]),
    ...RECORDINGS.map(({ record, expr }): [string, string] => [record, expr]),
    ...QUERIES,
  ])('%s', (_name, expr) => {
    for (const [name, labels] of selectorsOf(expr)) {
      expect([...FAMILIES.keys()]).toContain(name)
      const known = Object.keys(FAMILIES.get(name)?.labels ?? {})
      expect(labels.filter((label) => !known.includes(label))).toEqual([])
    }
  })

  test('what dashboards take from recording rules is recorded', () => {
    const recorded = RECORDINGS.map(({ record }) => record)
    const asked = QUERIES.flatMap(([, expr]) => expr.match(/verdigris:\w+:\w+/g) ?? [])
    expect(new Set(asked)).toEqual(new Set(recorded))
  })

  test('every family is on a dashboard', () => {
    const shown = new Set(QUERIES.flatMap(([, expr]) => selectorsOf(expr).map(([name]) => name)))
    expect([...FAMILIES.keys()].filter((name) => !shown.has(name))).toEqual([])
  })
})

describe('alert rules', () => {
  testWith(['promtool'], 'are rules that Prometheus understands', () => {
    expect(runTool('promtool', ['check', 'rules', 'rules.yaml'], { cwd: PROMETHEUS })).toContain(
      `SUCCESS: ${ALERTS.length + RECORDINGS.length} rules found`,
    )
  })

  testWith(['promtool'], 'fire in one story each and are silent in another', () => {
    runTool('promtool', ['test', 'rules', 'rules.test.yaml'], { cwd: PROMETHEUS })
  })

  testWith(['promtool'], 'come with a configuration that Prometheus accepts', () => {
    runTool('promtool', ['check', 'config', 'prometheus.yml'], { cwd: PROMETHEUS })
  })
})
