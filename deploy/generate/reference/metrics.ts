import { CATALOGUE } from '../../../src/adapters/telemetry/catalogue.ts'
import type { Family, LabelValues } from '../../../src/adapters/telemetry/family.ts'
import { code, GENERATED, table } from './markdown.ts'

/** `docs/reference/metrics.md`: every metric, with the values of its labels. */
export function metricsMarkdown(): string {
  const families = Object.values<Family>(CATALOGUE)
  const rows = families.map(({ name, type, help, labels }) => [
    code(name),
    type,
    Object.keys(labels).map(code).join(' '),
    help,
  ])
  return `${GENERATED}# Metrics

\`/metrics\` serves these ${families.length} families in the Prometheus text format, beside those of the Node process
(\`process_…\`, \`nodejs_…\`). Names and labels are an interface: \`deploy/metrics.catalog.json\` has the same list for programs, and a name
that changes keeps its successor there (\`formerly\`). A value that a label does not know becomes \`other\`. Histograms also have
\`_bucket\`, \`_sum\` and \`_count\`. Alert rules on them: [RUNBOOK.md](../../deploy/prometheus/RUNBOOK.md).

${table(['metric', 'type', 'labels', 'meaning'], rows)}
## Values of labels

${table(['label', 'values', 'metrics'], labelRows(families))}`
}

function labelRows(families: readonly Family[]): readonly (readonly string[])[] {
  const all = families.flatMap(({ name, labels }) =>
    Object.entries(labels).map(([label, values]) => ({ name, label, values: shown(values) })),
  )
  const groups = Map.groupBy(all, ({ label, values }) => `${label} ${values}`)
  return [...groups.values()]
    .toSorted(([a], [b]) => ((a?.label ?? '') < (b?.label ?? '') ? -1 : 1))
    .map((group) => {
      const [{ label, values } = { label: '', values: '' }] = group
      return [code(label), values, named(group.map(({ name }) => name))]
    })
}

const NAMED = 3

function named(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : ''
  return `${names.slice(0, NAMED).map(code).join(' ')}${more}`
}

function shown(values: LabelValues): string {
  return 'shape' in values ? `a name; at most: ${values.bound}` : values.map(code).join(' ')
}
