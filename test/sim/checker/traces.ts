import type { Report } from '../../../src/core/model/report.ts'
import type { RolloutRecord } from '../../../src/core/rollout/record.ts'
import type { Expectation, RequestFailure, TraceEvent, Violation, WorldState } from '../trace.ts'
import { createChecker } from './create.ts'
import { START } from './records.ts'
import { type Commits, files } from './repository.ts'
import {
  deploymentState,
  emptyReport,
  endpointState,
  endpointTags,
  type SaidDeployment,
  type SaidEndpoint,
} from './states.ts'

type CallEvent = Extract<TraceEvent, { readonly type: 'call' }>
type Endpoints = WorldState['endpoints']
type Deployments = WorldState['deployments']

const QUIET: Expectation = {
  soundModels: ['fraud:1'],
  badModels: ['fraud:2'],
  converges: false,
}

interface CallOptions {
  readonly status?: number
  readonly seenStatus?: number
  readonly seenBody?: unknown
  readonly fault?: string
  readonly application?: string
}

/** Builds a trace by hand: a small workspace whose states and calls are told one by one. */
export class Trace {
  readonly events: TraceEvent[] = []
  readonly endpoints: Record<string, Endpoints[string]> = {}
  readonly deployments: Record<string, Deployments[string]> = {}
  readonly assets: Record<string, boolean> = {}
  now = START
  controller = 'c'
  application = 'app'
  private turn = 0

  wait(ms: number): this {
    this.now += ms
    return this
  }

  tick(): this {
    this.turn += 1
    return this
  }

  /** What another controller does in the middle of this one's tick. */
  other(act: (trace: this) => void): this {
    const { controller, turn } = this
    this.controller = 'd'
    act(this)
    this.controller = controller
    this.turn = turn
    return this
  }

  add(event: TraceEvent): this {
    this.events.push(event)
    return this
  }

  commit(said: Commits | Readonly<Record<string, string>> = {}, forced = false): this {
    const isRaw = Object.keys(said).some((name) => name.includes('.'))
    const content = isRaw ? (said as Readonly<Record<string, string>>) : files(said as Commits)
    const revision = `r${this.events.length}`
    const { now: at, application } = this
    return this.add({
      type: 'commit',
      at,
      application,
      revision,
      subject: '',
      files: content,
      forced,
    })
  }

  hand(path: string, what = 'changed'): this {
    return this.add({ type: 'hand', at: this.now, what, path })
  }

  say(verb: string, endpoint = 'fraud'): this {
    return this.add({ type: 'intent', at: this.now, application: this.application, verb, endpoint })
  }

  fault(name: string, forMs?: number): this {
    const until = forMs === undefined ? {} : { until: this.now + forMs }
    return this.add({ type: 'fault', at: this.now, name, ...until })
  }

  faultsEnd(): this {
    return this.add({ type: 'faultsEnd', at: this.now })
  }

  crash(): this {
    return this.add({ type: 'crash', at: this.now, controller: this.controller })
  }

  restart(): this {
    return this.add({ type: 'restart', at: this.now, controller: this.controller })
  }

  state(cause: 'call' | 'clock' | 'hand' | 'start' = 'clock'): this {
    const { endpoints, deployments, assets } = this
    const state = {
      endpoints: { ...endpoints },
      deployments: { ...deployments },
      assets: { ...assets },
    }
    return this.add({ type: 'state', at: this.now, cause, state })
  }

  setEndpoint(name: string, said: SaidEndpoint = {}): this {
    this.endpoints[name] = endpointState(name, { owner: this.application, ...said })
    return this
  }

  setDeployment(full: string, said: SaidDeployment = {}): this {
    this.deployments[full] = deploymentState(full, { owner: this.application, ...said })
    return this
  }

  call(
    method: string,
    path: string,
    requestBody: unknown,
    responseBody: unknown,
    options: CallOptions = {},
  ): this {
    const { status = 200, fault } = options
    const { controller, turn: tick } = this
    const event: CallEvent = {
      type: 'call',
      at: this.now,
      controller,
      application: options.application ?? this.application,
      tick,
      method,
      path: `/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/${path}`,
      ...(requestBody === undefined ? {} : { requestBody }),
      status,
      responseBody,
      seenStatus: options.seenStatus ?? status,
      seenBody: 'seenBody' in options ? options.seenBody : responseBody,
      ...(fault === undefined ? {} : { fault }),
    }
    return this.add(event)
  }

  /** A read that shows what is true. */
  get(path: string, options: CallOptions = {}): this {
    const body = this.bodyAt(path)
    return this.call('GET', path, undefined, body ?? {}, {
      status: body === undefined ? 404 : 200,
      ...options,
    })
  }

  /** A list of all, or one that leaves out some. */
  list(path: string, without: readonly string[] = []): this {
    const head = path.split('/')[1]
    const all = head === undefined ? this.endpoints : this.below(head)
    const value = Object.values(all).map(({ body }) => body as { name: string })
    const seenBody = { value: value.filter(({ name }) => !without.includes(name)) }
    return this.call('GET', path, undefined, { value }, { seenBody })
  }

  /** All that a controller reads in a tick, as it is. */
  look(endpoint = 'fraud'): this {
    this.tick().list('onlineEndpoints').get(`onlineEndpoints/${endpoint}`)
    this.list(`onlineEndpoints/${endpoint}/deployments`)
    for (const name of Object.keys(this.below(endpoint)))
      this.get(`onlineEndpoints/${endpoint}/deployments/${name.split('/')[1]}`)
    return this
  }

  private below(endpoint: string): Record<string, Deployments[string]> {
    const entries = Object.entries(this.deployments)
    return Object.fromEntries(entries.filter(([full]) => full.startsWith(`${endpoint}/`)))
  }

  private bodyAt(path: string): unknown {
    const [, endpoint = '', , deployment] = path.split('/')
    return deployment === undefined
      ? this.endpoints[endpoint]?.body
      : this.deployments[`${endpoint}/${deployment}`]?.body
  }

  /** A PUT of an endpoint's traffic with a record, and the state that follows from it. */
  shift(
    traffic: Readonly<Record<string, number>>,
    said?: RolloutRecord,
    options: CallOptions & {
      readonly endpoint?: string
      readonly mirror?: Readonly<Record<string, number>>
    } = {},
  ): this {
    const { endpoint = 'fraud', mirror = {} } = options
    const tags = endpointTags(endpoint, said, this.application)
    const properties = { traffic, mirrorTraffic: mirror }
    this.call('PUT', `onlineEndpoints/${endpoint}`, { tags, properties }, {}, options)
    const isTaken = options.status === undefined || options.status < 300
    if (!isTaken) return this
    return this.setEndpoint(endpoint, { traffic, mirror, tags }).state('call')
  }

  /** A PUT of a whole body: as it was read, with some of it changed. */
  change(
    path: string,
    said: {
      readonly capacity?: number
      readonly properties?: Readonly<Record<string, unknown>>
      readonly tags?: Readonly<Record<string, string>>
    },
    options: CallOptions = {},
  ): this {
    const body = (this.bodyAt(path) ?? { properties: {} }) as { tags?: object; properties: object }
    const sku =
      said.capacity === undefined ? {} : { sku: { name: 'Default', capacity: said.capacity } }
    const tags = { ...body.tags, ...said.tags }
    return this.put(
      path,
      { ...body, tags, properties: { ...body.properties, ...said.properties }, ...sku },
      options,
    )
  }

  put(path: string, body: unknown, options: CallOptions = {}): this {
    return this.call('PUT', path, body, {}, options)
  }

  delete(path: string, options: CallOptions = {}): this {
    return this.call('DELETE', path, undefined, undefined, { status: 202, ...options })
  }

  plan(said: Partial<Report> = {}): this {
    const { controller, application, now, turn } = this
    const report: Report = { ...emptyReport(application, turn, now), ...said }
    return this.add({ type: 'plan', at: now, controller, application, report })
  }

  /** A question to the provider, with an answer that has data unless it is said otherwise. */
  measure(options: CallOptions = {}): this {
    const { controller, application, turn: tick, now: at } = this
    const { status = 200, fault } = options
    const counted = {
      boundsMs: [1],
      deployments: { green: { at: [at], requests: [100], errors: [0], within: [[1]] } },
    }
    const seen = 'seenBody' in options ? options.seenBody : counted
    return this.add({
      ...{ type: 'call', at, controller, application, tick, method: 'GET' },
      path: '/sandbox/series?endpoint=fraud&from=1&to=2&windowMs=10000',
      ...{
        status,
        responseBody: counted,
        seenStatus: options.seenStatus ?? status,
        seenBody: seen,
      },
      ...(fault === undefined ? {} : { fault }),
    })
  }

  requests(
    deployment: string | undefined,
    sent: number,
    failed: number,
    cause?: RequestFailure,
  ): this {
    return this.add({
      type: 'requests',
      at: this.now,
      endpoint: 'fraud',
      deployment,
      sent,
      failed,
      cause,
    })
  }

  violations(expectation: Partial<Expectation> = {}): readonly Violation[] {
    const checker = createChecker({ ...QUIET, ...expectation })
    for (const event of this.events) checker.observe(event)
    return checker.finish()
  }
}
