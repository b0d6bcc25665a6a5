import { CATALOGUE } from '../../src/adapters/telemetry/catalogue.ts'
import type { Family, LabelValues } from '../../src/adapters/telemetry/family.ts'

/** `metrics.catalog.json`: the metrics as an API, for those who do not read TypeScript. */
export function catalogJson(): string {
  const families = Object.values<Family>(CATALOGUE).map((family) => ({
    name: family.name,
    type: family.type,
    help: family.help,
    labels: Object.fromEntries(
      Object.entries(family.labels).map(([label, values]) => [label, shown(values)]),
    ),
    ...(family.buckets === undefined ? {} : { buckets: family.buckets }),
    ...(family.formerly === undefined ? {} : { formerly: family.formerly }),
  }))
  return `${JSON.stringify({ families }, null, 2)}\n`
}

function shown(values: LabelValues): unknown {
  return 'shape' in values ? { shape: values.shape.source, bound: values.bound } : values
}

/** Names that would vanish without their rename being declared: an API is not changed by accident. */
export function vanished(before: string, after: string): readonly string[] {
  const kept = new Set(familiesOf(after).flatMap(({ name, formerly }) => [name, formerly]))
  return familiesOf(before)
    .map(({ name }) => name)
    .filter((name) => !kept.has(name))
}

function familiesOf(json: string): readonly { name: string; formerly?: string }[] {
  return JSON.parse(json).families
}
