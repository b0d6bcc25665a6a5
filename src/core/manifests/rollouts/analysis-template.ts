import { z } from 'zod'
import { at, fieldsOf, schemaOf } from '../../kinds/decode.ts'
import { span } from '../../kinds/fields/duration-field.ts'
import { decimal, field, text, wholeNumber, wrong } from '../../kinds/fields/fields.ts'
import { shown } from '../../kinds/fields/shown.ts'
import { oneOf } from '../../kinds/fields/word-fields.ts'
import type { FieldIssue } from '../../kinds/kind.ts'
import type { Check, CheckRule } from '../../model/rollout.ts'
import { hashOf } from '../../model/values/hash.ts'
import { canonical, isObject, type Json, type JsonObject } from '../../model/values/json.ts'
import { PROVIDERS, readProviderQuery } from '../../rollout/providers/index.ts'
import { API_VERSION } from '../envelope.ts'
import { checkPolicyOf, type Policies, policyFields } from './check-policy.ts'

const MAX_METRICS = 20
const DEFAULT_TOLERATE = 0.001
const NAME = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/

const name = text(63, (value) =>
  NAME.test(value) ? undefined : 'must hold lower-case letters, digits and "-" only',
)

const argument = z.strictObject({
  name: text(63, (value) =>
    /^[a-zA-Z][a-zA-Z0-9]{0,62}$/.test(value) ? undefined : 'must be letters and digits',
  ).describe('Name; `{{args.name}}` stands for its value.'),
  value: text(1024)
    .optional()
    .describe('Value where a rollout gives none. Without it one must be given.'),
})

/** One provider and its fields, which are read by its own schema: an unknown one is told by name. */
const provider = field<JsonObject>(
  schemaOf(
    z.strictObject(
      Object.fromEntries(
        Object.values(PROVIDERS).map(({ name: label, schema }) => [label, schema.optional()]),
      ),
    ),
  ),
  (value) => (isObject(value) ? value : wrong('must be a mapping with one provider')),
)

/** A metric as it is written: its fields are read when the arguments are filled in. */
const metricSchema = z.strictObject({
  name: name.describe('Name; also the label `metric`.'),
  judge: oneOf(['errors', 'latency', 'threshold']).describe(
    '`errors` and `latency` compare with the stable revision at any time; `threshold` holds one number against bounds.',
  ),
  provider: provider.describe(
    'One provider and what it is asked: `prometheus`, `azureMonitor`, `logAnalytics`, `web` or `sandbox`.',
  ),
  window: span(1000, 3_600_000)
    .optional()
    .describe('Distance of samples, or between measurements. Default `10s`.'),
  margin: decimal(1, 10).optional().describe('Largest harmless ratio. Default 1.1.'),
  worseBy: decimal(1.05, 100)
    .optional()
    .describe('A ratio that must be ruled out before it passes. Default 1.5.'),
  tolerate: decimal(0, 1)
    .optional()
    .describe('`errors`: a ratio that is fine whatever stable does. Default 0.001; 0 = none.'),
  slo: span(1, 180_000)
    .optional()
    .describe('`latency`: a bound of yours, beside stable’s own percentiles.'),
  min: decimal(-1e12, 1e12).optional().describe('`threshold`: least value.'),
  max: decimal(-1e12, 1e12).optional().describe('`threshold`: greatest value.'),
  minRequests: wholeNumber(0, 1_000_000_000)
    .optional()
    .describe('Requests below which nothing passes. Default 100, of a threshold 0.'),
  failureLimit: wholeNumber(0, 1000)
    .optional()
    .describe('`threshold`: misses that are forgiven. Default 0.'),
  ...policyFields,
})

/** The schema of an AnalysisTemplate document. */
export const analysisTemplateSchema = z
  .strictObject({
    apiVersion: z.literal(API_VERSION).describe('Always `verdigris.dev/v1`.'),
    kind: z.literal('AnalysisTemplate').describe('Always `AnalysisTemplate`.'),
    metadata: z.strictObject({ name: name.describe('Name, for rollouts.') }).describe('Who it is.'),
    spec: z
      .strictObject({
        args: z.array(argument).max(50).optional().describe('What rollouts may set.'),
        metrics: z.array(metricOrText()).min(1).max(MAX_METRICS).describe('Metrics that decide.'),
      })
      .describe('What it watches.'),
  })
  .describe('Named checks for rollouts.')

/** Any mapping, described as a metric: arguments may stand where numbers do. */
function metricOrText() {
  const { $schema: _, ...described } = z.toJSONSchema(metricSchema, {
    io: 'input',
    unrepresentable: 'any',
  }) as JsonObject
  return field<JsonObject>(described, (value) =>
    isObject(value) ? value : wrong('must be a mapping'),
  )
}

/** A template, ready to be filled in. */
export interface AnalysisTemplate {
  readonly name: string
  readonly args: readonly { readonly name: string; readonly value?: string | undefined }[]
  readonly metrics: readonly JsonObject[]
}

/** Reads a document that is an AnalysisTemplate. With its defaults in place, if it has all, its metrics are read too. */
export function readTemplate(document: JsonObject): AnalysisTemplate | readonly FieldIssue[] {
  const read = fieldsOf(analysisTemplateSchema, document)
  if ('issues' in read) return read.issues
  const { metadata, spec } = read.value
  const template = { name: metadata.name, args: spec.args ?? [], metrics: spec.metrics }
  const isWhole = template.args.every(({ value }) => value !== undefined)
  const checks = isWhole ? fill(template, {}) : []
  const issues = checks.filter((one): one is FieldIssue => 'reason' in one)
  return issues.length > 0 ? issues.map((issue) => at(issue, ['spec'])) : template
}

/** The checks of a template with these arguments. Issues carry the path within its spec, from `metrics` on. */
export function fill(
  template: AnalysisTemplate,
  given: { readonly [name: string]: string },
): readonly (Check | FieldIssue)[] {
  const values = new Map<string, string>()
  for (const { name: arg, value } of template.args) {
    const said = given[arg] ?? value
    if (said === undefined)
      return [
        issue(
          ['args'],
          'MissingField',
          `the argument ${shown(arg)} of the template ${shown(template.name)} is required`,
        ),
      ]
    values.set(arg, said)
  }
  const unknown = Object.keys(given).find((arg) => !values.has(arg))
  if (unknown !== undefined)
    return [
      issue(
        ['args'],
        'UnknownField',
        `the template ${shown(template.name)} has no argument ${shown(unknown)}`,
      ),
    ]
  return template.metrics.flatMap((metric, index) => {
    const filled = substituted(metric, values)
    const place = ['metrics', index] as const
    if (typeof filled === 'string') return [issue(place, 'UndefinedVariable', filled)]
    return readMetric(template.name, filled as JsonObject).map((one) =>
      'reason' in one ? at(one, place) : one,
    )
  })
}

const ARG = /\{\{args\.([a-zA-Z][a-zA-Z0-9]{0,62})\}\}/g

/** The metric with its arguments in place, as text or, where one stands alone, as the number it is; a text says what is missing. */
function substituted(value: Json, values: ReadonlyMap<string, string>): Json | string {
  let missing: string | undefined
  const walk = (inner: Json): Json => {
    if (Array.isArray(inner)) return inner.map(walk)
    if (isObject(inner))
      return Object.fromEntries(Object.entries(inner).map(([key, one]) => [key, walk(one)]))
    if (typeof inner !== 'string') return inner
    const text = inner.replace(ARG, (whole, arg: string) => {
      const said = values.get(arg)
      if (said === undefined) missing = arg
      return said ?? whole
    })
    const isAlone = text !== inner && /^\{\{args\.\w+\}\}$/.test(inner)
    return isAlone && /^-?\d{1,15}(?:\.\d{1,15})?$/.test(text) ? Number(text) : text
  }
  const filled = walk(value)
  return missing === undefined ? filled : `there is no argument ${shown(missing)}`
}

function readMetric(template: string, metric: JsonObject): readonly (Check | FieldIssue)[] {
  const read = fieldsOf(metricSchema, metric)
  if ('issues' in read) return read.issues
  const { name: label, judge, provider, window: windowMs = 10_000, ...more } = read.value
  const { dryRun, onNoData, noDataFor, onMissing, ...rest } = more
  const [providerName, ...others] = Object.keys(provider)
  if (providerName === undefined || others.length > 0)
    return [issue(['provider'], 'InvalidValue', 'exactly one provider must be named')]
  const asked = isObject(metric.provider) ? metric.provider[providerName] : {}
  const wants = judge === 'threshold' ? 'value' : 'series'
  const query = readProviderQuery(providerName, isObject(asked) ? asked : {}, wants)
  if ('issues' in query) return query.issues.map((one) => providerIssue(one, providerName))
  const rule = ruleOf(judge, rest)
  if ('reason' in rule) return [rule]
  const asks = { provider: query.provider, wants, windowMs } as const
  const policy = checkPolicyOf({ dryRun, onNoData, noDataFor, onMissing }, asks)
  if ('reason' in policy) return [policy]
  // A policy is part of what the check means; where there is none, nothing is added, so that identities stay.
  const policies = Object.keys(policy).length === 0 ? [] : [policy]
  const said = canonical([query.query, rule as unknown as Json, windowMs, ...policies])
  const id = `${template}/${label}.${hashOf(said, 6)}`
  const found = { id, name: label, windowMs, rule, ...query, ...policy }
  return [found]
}

function providerIssue({ path, ...issue }: FieldIssue, provider: string): FieldIssue {
  const [head, ...rest] = path
  return { ...issue, path: head === 'query' ? ['provider', provider, ...rest] : ['provider'] }
}

type Limits = Omit<
  z.output<typeof metricSchema>,
  'name' | 'judge' | 'provider' | 'window' | keyof Policies
>

const ONLY = {
  errors: ['margin', 'worseBy', 'tolerate', 'minRequests'],
  latency: ['margin', 'worseBy', 'slo', 'minRequests'],
  threshold: ['min', 'max', 'minRequests', 'failureLimit'],
} as const

function ruleOf(judge: keyof typeof ONLY, limits: Limits): CheckRule | FieldIssue {
  const allowed: readonly string[] = ONLY[judge]
  const said = Object.entries(limits).filter(([, value]) => value !== undefined)
  const strange = said.find(([field]) => !allowed.includes(field))?.[0]
  if (strange !== undefined)
    return issue([strange], 'ConflictingFields', `"${strange}" says nothing to the judge ${judge}`)
  return judge === 'threshold' ? thresholdRule(limits) : comparisonRule(judge, limits)
}

function thresholdRule({
  min,
  max,
  minRequests = 0,
  failureLimit = 0,
}: Limits): CheckRule | FieldIssue {
  if (min === undefined && max === undefined)
    return issue([], 'MissingField', 'a threshold needs "min" or "max"')
  const bounds = { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) }
  return { judge: 'threshold', ...bounds, minRequests, failureLimit }
}

function comparisonRule(judge: 'errors' | 'latency', limits: Limits): CheckRule | FieldIssue {
  const { minRequests = 100, margin = 1.1, worseBy = 1.5, slo } = limits
  // Who never errs cannot be compared: three in the number of clean requests bound the ratio all the same.
  const { tolerate = judge === 'errors' ? DEFAULT_TOLERATE : 0 } = limits
  if (worseBy <= margin)
    return issue(['worseBy'], 'InvalidValue', '"worseBy" must be greater than "margin"')
  return {
    judge,
    margin,
    worseBy,
    minRequests,
    ...(tolerate === 0 ? {} : { tolerate }),
    ...(slo === undefined ? {} : { sloMs: slo }),
  }
}

function issue(path: readonly (string | number)[], reason: string, message: string): FieldIssue {
  return { path, reason, message }
}
