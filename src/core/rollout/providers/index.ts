import { at, defined, fieldsOf } from '../../kinds/decode.ts'
import { shown } from '../../kinds/fields/shown.ts'
import { suggest } from '../../kinds/fields/suggest.ts'
import type { FieldIssue } from '../../kinds/kind.ts'
import {
  PROVIDER_NAMES,
  type ProviderName,
  type ProviderQuery,
} from '../../model/measurements/measurement.ts'
import type { JsonObject } from '../../model/values/json.ts'
import { azureMonitor } from './azure-monitor.ts'
import { logAnalytics } from './log-analytics.ts'
import { prometheus } from './prometheus.ts'
import type { Provider, WantedValues } from './provider.ts'
import { sandbox } from './sandbox.ts'
import { web } from './web.ts'

/** Every provider, by the name that manifests call it. */
export const PROVIDERS: { readonly [Name in ProviderName]: Provider } = {
  sandbox,
  prometheus,
  azureMonitor,
  logAnalytics,
  web,
}

/**
 * Reads what a check asks of a provider: its name and the fields that only this provider knows. Paths of issues begin at
 * `provider` and `query`. The result reads to itself again.
 */
export function readProviderQuery(
  name: string,
  query: JsonObject,
  wants: WantedValues,
): ProviderQuery | { readonly issues: readonly FieldIssue[] } {
  const known = PROVIDER_NAMES.find((one) => one === name)
  if (known === undefined) return { issues: [unknownProvider(name)] }
  const provider = PROVIDERS[known]
  if (!provider.wants.includes(wants)) return { issues: [cannot(provider, wants)] }
  const read = fieldsOf(provider.schema, query)
  if ('issues' in read) return { issues: read.issues.map((issue) => at(issue, ['query'])) }
  const missing = provider.lacks?.(read.value, wants)
  if (missing === undefined) return { provider: known, query: defined(read.value) }
  const message = `"${missing}" is required where ${WORDS[wants]}`
  return { issues: [{ path: ['query', missing], reason: 'MissingField', message }] }
}

const WORDS = {
  series: 'revisions are compared by their counters',
  value: 'one number is held against a threshold',
} as const

function unknownProvider(name: string): FieldIssue {
  const near = suggest(name, PROVIDER_NAMES)
  const hint =
    near === undefined ? `known are ${PROVIDER_NAMES.join(', ')}` : `did you mean "${near}"?`
  const message = `there is no provider ${shown(name)}: ${hint}`
  return { path: ['provider'], reason: 'UnknownProvider', message }
}

function cannot({ name, wants }: Provider, wanted: WantedValues): FieldIssue {
  const able = Object.values(PROVIDERS).filter((one) => one.wants.includes(wanted))
  const gives = wants.includes('series') ? 'counters to compare' : 'single numbers for thresholds'
  const message = `the provider ${name} gives only ${gives}; for this, ${able.map((one) => one.name).join(', ')} may be used`
  return { path: ['provider'], reason: 'ProviderMismatch', message }
}
