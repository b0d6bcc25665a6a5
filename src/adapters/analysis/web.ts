import { isObject } from '../../core/model/values/json.ts'
import type { WebQuery } from '../../core/rollout/providers/web.ts'
import type { Clock } from '../../reconcile/ports.ts'
import { getText, type HttpOptions, jsonOf, type MetricHost } from './http/http.ts'
import { filledIn } from './names.ts'
import { type Ask, NoData } from './no-data.ts'

/** One number in the JSON of a configured host; `at` is when it was asked. */
export function openWeb(options: {
  readonly hosts: Readonly<Record<string, MetricHost>>
  readonly http: HttpOptions
  readonly clock: Clock
}): Ask {
  return async ({ about, query, onMissing }, signal, tell) => {
    const { host: name, path, pointer } = query as unknown as WebQuery
    const host = hostNamed(options.hosts, name, 'VERDIGRIS_WEB_HOSTS')
    const place = filledIn(path, about)
    const askedMs = options.clock.now()
    tell({ query: `GET ${place} of ${name}, ${pointer}`, fromMs: askedMs, toMs: askedMs })
    const text = await getText(host, place, options.http, signal)
    const found = valueAt(jsonOf(text, `the host ${name}`), pointer)
    const value = found === undefined && onMissing === 'zero' ? 0 : found
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw new NoData(
        'NotANumber',
        `The answer of the host ${name} has no number at "${pointer}".`,
      )
    return { is: 'value', value, at: options.clock.now() }
  }
}

/** The configured host of a name; NoData that says which variable would have it. */
export function hostNamed(
  hosts: Readonly<Record<string, MetricHost>>,
  name: string,
  variable: string,
): MetricHost {
  const host = Object.hasOwn(hosts, name) ? hosts[name] : undefined
  if (host !== undefined) return host
  throw new NoData('ProviderNotConfigured', `No host "${name}" is configured: set ${variable}.`)
}

/** RFC 6901, through lists too; own fields only. undefined = there is nothing. */
function valueAt(document: unknown, pointer: string): unknown {
  let value = document
  for (const token of pointer.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~')
    const isPlace = Array.isArray(value) ? /^(?:0|[1-9]\d{0,8})$/.test(key) : isObject(value)
    if (!isPlace || !Object.hasOwn(value as object, key)) return undefined
    value = (value as Readonly<Record<string, unknown>>)[key]
  }
  return value
}
