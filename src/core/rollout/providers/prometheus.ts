import { z } from 'zod'
import { field, text, wrong } from '../../kinds/fields/fields.ts'
import { isObject } from '../../model/values/json.ts'
import { hostName } from './host-name.ts'
import type { Provider } from './provider.ts'

const METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]{0,199}$/
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]{0,99}$/

function metricName() {
  return text(200, (name) =>
    METRIC.test(name) ? undefined : 'must be the name of a metric (letters, digits, "_", ":")',
  )
}

function labelName() {
  return text(100, (name) =>
    LABEL.test(name) ? undefined : 'must be the name of a label (letters, digits, "_")',
  )
}

/** Values that a label must have, word for word: there are no patterns, so nothing needs to be escaped in them. */
function labelValues() {
  const schema = { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 50 }
  return field<readonly string[]>(schema, (value) => {
    const isList = Array.isArray(value) && value.length > 0 && value.length <= 50
    if (!isList || !value.every((one) => typeof one === 'string' && one.length <= 100))
      return wrong('must be a list of 1 to 50 texts of at most 100 characters (put them in quotes)')
    return value as readonly string[]
  })
}

function matchers() {
  const schema = { type: 'object', additionalProperties: { type: 'string' } }
  return field<{ readonly [label: string]: string }>(schema, (value) => {
    if (!isObject(value)) return wrong('must be a mapping of labels to texts')
    const entries = Object.entries(value)
    if (entries.length > 10) return wrong('must have at most 10 entries')
    const isFit = ([label, one]: [string, unknown]) =>
      LABEL.test(label) && typeof one === 'string' && one.length <= 200
    return entries.every(isFit)
      ? (value as { readonly [label: string]: string })
      : wrong('must be a mapping of labels to texts of at most 200 characters')
  })
}

// Errors are told by a label of the requests (which values are failures), or counted by a metric of their own.
const errors = z.union([
  z.strictObject({ label: labelName(), values: labelValues() }),
  z.strictObject({ metric: metricName() }),
])

const schema = z
  .strictObject({
    server: hostName()
      .default('default')
      .describe('Which of the configured servers. Default `default`.'),
    requests: metricName().optional().describe('Counter of requests.'),
    errors: errors
      .optional()
      .describe(
        'How failures are told: `label` and `values` of the counter, or a `metric` of their own.',
      ),
    histogram: metricName()
      .optional()
      .describe('Classic histogram of seconds, without the ending `_bucket`.'),
    endpointLabel: labelName()
      .default('endpoint')
      .describe('Label with the endpoint. Default `endpoint`.'),
    deploymentLabel: labelName()
      .default('deployment')
      .describe('Label with the deployment. Default `deployment`.'),
    replicaLabel: labelName()
      .default('prometheus_replica')
      .describe(
        'Label that tells servers of a pair apart which scrape the same: of their series one is counted. Default `prometheus_replica`.',
      ),
    match: matchers().default({}).describe('Further labels and their values, word for word.'),
    query: text(4_096)
      .optional()
      .describe(
        '`threshold`: an instant query; `{{endpoint}}`, `{{deployment}}` and `{{stable}}` stand for names.',
      ),
  })
  .describe('Counters of a Prometheus server, or the number of a query.')

export type PrometheusQuery = z.infer<typeof schema>

/** Counters of a Prometheus server, or the number that an instant query of one's own gives. */
export const prometheus: Provider<PrometheusQuery> = {
  name: 'prometheus',
  wants: ['series', 'value'],
  zeroes: ['series', 'value'],
  schema,
  // Without errors a series would say that there were none.
  lacks: (query, wants) =>
    (wants === 'value' ? (['query'] as const) : (['requests', 'errors'] as const)).find(
      (name) => query[name] === undefined,
    ),
  // A scrape belongs to the past by the time it is stored; servers scrape every 15 s as a rule.
  graceMs: 15_000,
  minWindowMs: 5_000,
}
