import { createAnalysis } from '../../src/adapters/analysis/index.ts'
import { openAzure } from '../../src/adapters/azure/cloud.ts'
import type { AzureOptions } from '../../src/adapters/azure/connection.ts'
import { httpClientOf, type Transport } from '../../src/adapters/azure/http/transport.ts'
import { createCredential } from '../../src/adapters/azure/identity/credential.ts'
import { openInspector } from '../../src/adapters/azure/inspect.ts'
import { DEFAULT_LIMITS, type Limits } from '../../src/adapters/azure/limits.ts'
import { openProber } from '../../src/adapters/azure/scoring/prober.ts'
import { openBudget } from '../../src/adapters/azure/throttle/budget.ts'
import { openTrials } from '../../src/adapters/azure/trials/trials.ts'
import { createInbox, type MemoryInbox } from '../../src/adapters/inbox/memory.ts'
import { createJournal, type MemoryJournal } from '../../src/adapters/journal/memory.ts'
import type { Application } from '../../src/core/model/application.ts'
import type { Memory } from '../../src/core/model/memory.ts'
import type { Report } from '../../src/core/model/report.ts'
import { faultOf } from '../../src/core/rollout/golden/golden.ts'
import { comparePredictions } from '../../src/core/rollout/predictions.ts'
import type { NeighbourApplication } from '../../src/reconcile/neighbours.ts'
import type {
  Clock,
  KeptBucket,
  KeptTrials,
  Meter,
  Ports,
  ProbeSender,
  Source,
} from '../../src/reconcile/ports.ts'
import { createReader } from '../../src/reconcile/read.ts'
import { tick } from '../../src/reconcile/tick.ts'
import { type OpenSandbox, type OpenSandboxOptions, openSandbox } from '../../src/sandbox/index.ts'
import { checkExchange } from './openapi.ts'
import { NO_PROBES } from './quiet-ports.ts'
import { SYNC } from './world.ts'

/** One call to Azure as the workspace answered it. */
export interface Call {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly body: string
}

/** A workspace on a virtual clock, and the controllers that come and go around it. */
export interface Simulation {
  readonly sandbox: OpenSandbox
  readonly calls: Call[]
  /** A new process: nothing remembered, a token of its own. */
  startController(source: Source, options?: ControllerOptions): Controller
  /** As the workspace's own API shows it. */
  get(path: string): Promise<{ status: number; body: Record<string, unknown> }>
  put(path: string, body: unknown): Promise<number>
}

export interface ControllerOptions {
  /** The process dies at its n-th call: before the call gets out, or after Azure has carried it out. */
  readonly killAt?: { readonly call: number; readonly when: 'before' | 'after' }
  readonly sync?: Partial<Application['sync']>
  readonly pollMs?: number
  readonly limits?: Partial<Limits>
  /** What the process before has left of the bucket of deployments; absent = nothing. */
  readonly keptBucket?: KeptBucket
  /** The jobs of trials that the process before has left; absent = none. */
  readonly keptTrials?: KeptTrials
  /** What sends probes; absent = nothing does. */
  readonly probes?: (azure: AzureOptions) => ProbeSender
  /** The Application's name; `app` unless told. */
  readonly application?: string
  /** Other controllers of the same process. */
  readonly neighbours?: () => readonly Controller[]
}

export interface Controller extends NeighbourApplication {
  readonly journal: MemoryJournal
  readonly inbox: MemoryInbox
  /** How many calls it has made. */
  calls(): number
  tick(): Promise<Report>
  /** Ticks, moving the clock to whenever the plan asks for, until converged or nothing more will happen. */
  settle(): Promise<Report>
}

/** What `tick` and `settle` reject with once the process is dead. */
export class Killed extends Error {}

const MAX_TICKS = 400
const QUIET: Meter = {
  azureRequest: () => {},
  azureRetry: () => {},
  azureRateLimit: () => {},
  analysisQuery: () => {},
  sourceFetch: () => {},
  manifestsRead: () => {},
  probe: () => {},
}

export async function simulate(options: OpenSandboxOptions = {}): Promise<Simulation> {
  const sandbox = await openSandbox({ onExchange: checkExchange, ...options })
  const calls: Call[] = []
  const root = `/subscriptions/${sandbox.subscriptionId}/resourceGroups/${sandbox.resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${sandbox.workspace}`
  const ask = async (method: string, path: string, body?: unknown) => {
    const token = await personToken(sandbox)
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const text = body === undefined ? {} : { body: JSON.stringify(body) }
    const url = `${sandbox.arm}${root}/${path}?api-version=2024-10-01`
    return sandbox.handle({ method, url, headers, ...text })
  }
  return {
    sandbox,
    calls,
    startController: (source, controller = {}) =>
      startController(sandbox, calls, source, controller),
    async get(path) {
      const { status, body } = await ask('GET', path)
      return { status, body: body === '' ? {} : JSON.parse(body) }
    },
    put: async (path, body) => (await ask('PUT', path, body)).status,
  }
}

function startController(
  sandbox: OpenSandbox,
  calls: Call[],
  source: Source,
  options: ControllerOptions,
): Controller {
  const clock = clockOf(sandbox)
  const mortal = mortalTransport(sandbox, calls, options.killAt)
  const { subscriptionId, resourceGroup, workspace, tenantId, clientId, clientSecret, login } =
    sandbox
  const credential = createCredential(
    { authorityHost: login, tenantId, clientId, clientSecret },
    { transport: mortal.transport },
  )
  const azure = {
    workspace: { subscriptionId, resourceGroup, name: workspace },
    credential,
    transport: mortal.transport,
    clock,
    meter: QUIET,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    budget: openBudget(clock, { ...DEFAULT_LIMITS, ...options.limits }, options.keptBucket),
  }
  const cloud = openAzure(azure)
  const inspector = openInspector(azure)
  const application: Application = {
    name: options.application ?? 'app',
    source: { repository: 'memory', revision: 'main', path: '' },
    workspace: { sandbox: true },
    sync: { ...SYNC, ...options.sync },
    variables: {},
  }
  const journal = createJournal({ history: 10 })
  const inbox = createInbox()
  const ports: Ports = {
    source,
    cloud,
    analysis: createAnalysis({
      clock,
      sandboxOrigin: sandbox.arm,
      httpClient: httpClientOf(mortal.transport),
    }),
    prober: openProber({ ...azure, faultOf }),
    probes: options.probes?.(azure) ?? NO_PROBES,
    trials: openTrials({
      ...azure,
      compare: comparePredictions,
      ...(options.keptTrials === undefined ? {} : { kept: options.keptTrials }),
    }),
    region: {
      cores: async (location, signal) => ({
        sizes: await inspector.vmSizes(location, signal),
        quotas: await inspector.quotas(location, signal),
      }),
    },
    inbox,
    journal,
    clock,
  }
  const reader = createReader(source, application)
  let memory: Memory = {}
  let turn = 0
  const controller: Controller = {
    application,
    reader,
    journal,
    inbox,
    calls: mortal.calls,
    async tick() {
      turn += 1
      const { pollMs = 5000 } = options
      const neighbours = options.neighbours?.().filter((one) => one !== controller) ?? []
      const setting = { application, reader, neighbours, tick: turn, dryRun: false, pollMs }
      const running = tick(ports, setting, memory, new AbortController().signal)
      // A race with what never ends would keep every report.
      const done = await (options.killAt ? Promise.race([running, mortal.death]) : running)
      memory = done.memory
      return done.report
    },
    async settle() {
      for (let ticks = 0; ticks < MAX_TICKS; ticks += 1) {
        const report = await controller.tick()
        const { wakeAt } = report.plan
        if (report.converged || wakeAt === undefined) return report
        sandbox.clock.advance(Math.max(0, wakeAt - sandbox.clock.now()))
      }
      throw new Error(`not settled: ${JSON.stringify(journal.latest()?.plan.held)}`)
    },
  }
  return controller
}

/** Passes calls on until the one at which the process dies; from then on nothing is ever answered. */
function mortalTransport(
  sandbox: OpenSandbox,
  calls: Call[],
  killAt: ControllerOptions['killAt'],
): { transport: Transport; death: Promise<never>; calls: () => number } {
  let count = 0
  let die: (reason: Killed) => void = () => {}
  const death = new Promise<never>((_, reject) => {
    die = reject
  })
  death.catch(() => {})
  const silence = new Promise<never>(() => {})
  const transport: Transport = {
    async handle(request) {
      count += 1
      const isLast = killAt !== undefined && count >= killAt.call
      if (isLast && (killAt.when === 'before' || count > killAt.call)) {
        die(new Killed())
        return silence
      }
      const answer = await sandbox.handle(request)
      calls.push({
        method: request.method,
        path: new URL(request.url).pathname,
        status: answer.status,
        body: answer.body,
      })
      if (!isLast) return answer
      die(new Killed())
      return silence
    },
  }
  return { transport, death, calls: () => count }
}

/** A sleep moves the clock: nobody waits. */
function clockOf({ clock }: OpenSandbox): Clock {
  return {
    now: clock.now,
    async sleep(ms, signal) {
      if (!signal.aborted) clock.advance(Math.max(0, ms))
    },
  }
}

async function personToken(sandbox: OpenSandbox): Promise<string> {
  const { login, tenantId, clientId, clientSecret } = sandbox
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    scope: 'https://management.azure.com/.default',
  }).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const url = `${login}/${tenantId}/oauth2/v2.0/token`
  const answer = await sandbox.handle({ method: 'POST', url, headers, body })
  return (JSON.parse(answer.body) as { access_token: string }).access_token
}
