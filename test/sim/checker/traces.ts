import { hashOf } from '../../../src/core/model/hash.ts'
import type { Report } from '../../../src/core/model/report.ts'
import {
  REVISION_TAG,
  ROLLOUT_TAG,
  type RolloutRecord,
  type Slot,
  textOfRecord,
} from '../../../src/core/rollout/record.ts'
import type { Expectation, RequestFailure, TraceEvent, Violation, WorldState } from '../trace.ts'
import { createChecker } from './create.ts'

type CallEvent = Extract<TraceEvent, { readonly type: 'call' }>
type Endpoints = WorldState['endpoints']
type Deployments = WorldState['deployments']

export const START = 1_800_000_000_000
export const MINUTE = 60_000
export const BLUE: Slot = { slot: 'blue', rev: '11111111' }
export const GREEN: Slot = { slot: 'green', rev: '22222222' }

const NO_PLAN = { findings: [], changes: [], actions: [], held: [], answers: [] }

const QUIET: Expectation = {
  soundModels: ['fraud:1'],
  badModels: ['fraud:2'],
  converges: false,
}

export function record(said: Partial<RolloutRecord> = {}): RolloutRecord {
  return {
    phase: 'stable',
    stable: BLUE,
    step: 0,
    sinceMs: START,
    startMs: 0,
    beganMs: said.candidate === undefined ? 0 : START,
    isPaused: false,
    ...said,
  }
}

export const CANARY = record({ phase: 'progressing', candidate: GREEN })
export const BAKING = record({ phase: 'baking', candidate: GREEN, step: 4 })
export const ABORTED = record({ phase: 'aborted', candidate: GREEN })

export interface Commits {
  readonly model?: number
  readonly instances?: number
  readonly steps?: string
  readonly endpoints?: readonly string[]
  readonly more?: Readonly<Record<string, string>>
}

const STEPS =
  '[{ setWeight: 10 }, { pause: { duration: 2m } }, { setWeight: 50 }, { pause: { duration: 2m } }]'

/** What a commit holds: endpoints, each with a Rollout in the template form. */
export function files({
  model = 1,
  instances = 2,
  steps = STEPS,
  endpoints = ['fraud'],
  more = {},
}: Commits = {}) {
  const all = endpoints.flatMap((name) => [
    [
      `${name}.yml`,
      `$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json\nname: ${name}\n`,
    ],
    [
      `${name}-rollout.yml`,
      `apiVersion: verdigris.dev/v1
kind: Rollout
metadata: { name: ${name} }
spec:
  endpoint: ${name}
  template: { model: "azureml:fraud:${model}", instance_count: ${instances} }
  strategy: { canary: { steps: ${steps} } }
  analysis: [errors]
  bake: 3m
  keep: { for: 1h }
`,
    ],
  ])
  return { ...Object.fromEntries(all), ...more }
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

  setEndpoint(
    name: string,
    said: {
      readonly traffic?: Readonly<Record<string, number>>
      readonly mirror?: Readonly<Record<string, number>>
      readonly record?: RolloutRecord
      readonly provisioningState?: string
      readonly tags?: Readonly<Record<string, string>>
      readonly owner?: string
      readonly extra?: Readonly<Record<string, unknown>>
    } = {},
  ): this {
    const { traffic = {}, mirror = {}, provisioningState = 'Succeeded', extra = {} } = said
    const tags = said.tags ?? this.endpointTags(name, said.record, said.owner)
    const properties = { ...extra, traffic, mirrorTraffic: mirror, provisioningState }
    const body = { name, tags, properties }
    this.endpoints[name] = { kind: 'online', provisioningState, tags, traffic, mirror, body }
    return this
  }

  endpointTags(name: string, said: RolloutRecord | undefined, owner = this.application) {
    const key = `OnlineEndpoint/${name}`
    return {
      ...ownedBy(owner, key),
      ...(said === undefined ? {} : { [ROLLOUT_TAG]: textOfRecord(said, key) }),
    }
  }

  setDeployment(
    full: string,
    said: {
      readonly provisioningState?: string
      readonly instances?: number
      readonly model?: string
      readonly isServing?: boolean
      readonly rev?: string
      readonly owner?: string
      readonly tags?: Readonly<Record<string, string>>
      readonly extra?: Readonly<Record<string, unknown>>
    } = {},
  ): this {
    const {
      provisioningState = 'Succeeded',
      instances = 2,
      model = 'azureml:fraud:1',
      extra = {},
    } = said
    const isServing = said.isServing ?? provisioningState === 'Succeeded'
    const tags = said.tags ?? {
      ...ownedBy(said.owner ?? this.application, `OnlineDeployment/${full}`),
      ...(said.rev === undefined ? {} : { [REVISION_TAG]: said.rev }),
    }
    const name = full.split('/')[1] ?? ''
    const body = {
      name,
      tags,
      sku: { name: 'Default', capacity: instances },
      properties: { endpointComputeType: 'Managed', model, ...extra, provisioningState },
    }
    this.deployments[full] = { provisioningState, tags, instances, model, isServing, body }
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
    const tags = this.endpointTags(endpoint, said)
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
    const report: Report = {
      application,
      tick: turn,
      startedAt: now,
      endedAt: now,
      dryRun: false,
      problems: [],
      plan: NO_PLAN,
      outcomes: [],
      answers: [],
      resources: [],
      conditions: [],
      converged: false,
      ...said,
    }
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

function ownedBy(application: string, key: string): Readonly<Record<string, string>> {
  return {
    'verdigris.application': application,
    'verdigris.owner': hashOf(`${application}\n${key}`, 12),
  }
}

/** An endpoint with a Rollout on which blue has served for long, and green is up without traffic. */
export function serving(said: Commits = {}): Trace {
  return new Trace()
    .commit(said)
    .setEndpoint('fraud', { traffic: { blue: 100 }, record: record() })
    .setDeployment('fraud/blue', { rev: BLUE.rev })
    .setDeployment('fraud/green', { rev: GREEN.rev, model: 'azureml:fraud:2' })
    .state('start')
    .wait(10 * MINUTE)
    .commit({ model: 2, ...said })
}

/** Green has its first tenth. */
export function canary(said: Commits = {}): Trace {
  return serving(said).look().shift({ blue: 90, green: 10 }, CANARY).plan().wait(MINUTE)
}

/** Green has everything, and bakes. */
export function baking(said: Commits = {}): Trace {
  return canary(said)
    .wait(2 * MINUTE)
    .look()
    .measure()
    .shift({ blue: 50, green: 50 }, CANARY)
    .plan()
    .wait(3 * MINUTE)
    .look()
    .measure()
    .shift({ green: 100 }, BAKING)
    .plan()
    .wait(MINUTE)
}
