import type { HttpClient } from '@azure/core-rest-pipeline'
import type { Sample, Series } from '../../core/model/measurements/measurement.ts'
import { isObject, type JsonObject } from '../../core/model/values/json.ts'
import { sandbox } from '../../core/rollout/providers/sandbox.ts'
import type { Clock } from '../../reconcile/ports.ts'
import { getText, type HttpOptions, jsonOf } from './http/http.ts'
import { sendThrough } from './http/pipeline.ts'
import { type Ask, NoData } from './no-data.ts'
import { checked, gridOf } from './series.ts'

/** The exact counters of a sandbox, which keeps them on any grid and never changes its past. */
export function openSandboxCounters(options: {
  /** Where its ARM is: its own routes lie beside. undefined = this is no sandbox. */
  readonly origin: string | undefined
  /** A way there without sockets. */
  readonly httpClient: HttpClient | undefined
  readonly http: HttpOptions
  readonly clock: Clock
}): Ask {
  const { origin, httpClient, http } = options
  const read = createReadings()
  return async (question, signal, tell) => {
    if (origin === undefined)
      throw new NoData('ProviderNotConfigured', 'Only the sandbox has counters of its own.')
    const { about, windowMs } = question
    const { fromMs, toMs } = gridOf(question, sandbox.graceMs, options.clock.now())
    const path = `/sandbox/series?endpoint=${about.endpoint}&from=${fromMs}&to=${toMs}&windowMs=${windowMs}`
    tell({ query: `GET ${path}`, fromMs, toMs })
    const text = httpClient
      ? await sendThrough(httpClient, {
          url: `${origin}${path}`,
          signal,
          ...http,
          now: options.clock.now,
        })
      : await getText({ url: origin }, path, http, signal)
    return { is: 'series', series: read({ text, windowMs, ...about }) }
  }
}

/** What a text is read for. */
interface Asked {
  readonly text: string
  readonly windowMs: number
  readonly stable: string
  readonly candidate: string
}

const READINGS_KEPT = 8

/** Reads a text once for all checks of a rollout: their questions are one and the same, one after the other. */
function createReadings(): (asked: Asked) => Series {
  const kept: { readonly asked: Asked; readonly series: Series }[] = []
  return (asked) => {
    const known = kept.find((one) => isSame(one.asked, asked))
    if (known !== undefined) return known.series
    const series = seriesIn(asked)
    kept.push({ asked, series })
    if (kept.length > READINGS_KEPT) kept.shift()
    return series
  }
}

function isSame(one: Asked, other: Asked): boolean {
  return (
    one.windowMs === other.windowMs &&
    one.stable === other.stable &&
    one.candidate === other.candidate &&
    one.text === other.text
  )
}

function seriesIn({ text, windowMs, stable, candidate }: Asked): Series {
  const answer = jsonOf(text, 'the sandbox')
  const { boundsMs, deployments } = isObject(answer) ? answer : {}
  if (!isObject(deployments)) throw unreadable()
  return checked({
    boundsMs: numbersOf(boundsMs),
    windowMs,
    stable: samplesOf(deployments, stable),
    candidate: samplesOf(deployments, candidate),
  })
}

function samplesOf(deployments: JsonObject, name: string): Sample[] {
  const own = Object.hasOwn(deployments, name) ? deployments[name] : undefined
  if (own === undefined) return []
  if (!isObject(own) || !Array.isArray(own.within)) throw unreadable()
  const { within } = own
  const [at, requests, errors] = [own.at, own.requests, own.errors].map(numbersOf)
  return (at ?? []).map((instant, place) => ({
    at: instant,
    requests: requests?.[place] ?? Number.NaN,
    errors: errors?.[place] ?? Number.NaN,
    within: numbersOf(within[place]),
  }))
}

function numbersOf(value: unknown): readonly number[] {
  if (!Array.isArray(value)) throw unreadable()
  // By place: an iterator puts every number into an object of its own, and there are many.
  for (let place = 0; place < value.length; place += 1)
    if (typeof value[place] !== 'number') throw unreadable()
  return value
}

function unreadable(): NoData {
  return new NoData('UnreadableAnswer', 'The answer is not one of the sandbox.')
}
