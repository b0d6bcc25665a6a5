import { createAnalysis } from '../../../src/adapters/analysis/index.ts'
import { openAzure } from '../../../src/adapters/azure/cloud.ts'
import { httpClientOf, type Transport } from '../../../src/adapters/azure/http/transport.ts'
import type { RenewableCredential } from '../../../src/adapters/azure/identity/token.ts'
import { openInspector } from '../../../src/adapters/azure/inspect.ts'
import { openProber } from '../../../src/adapters/azure/scoring/prober.ts'
import { openTrials } from '../../../src/adapters/azure/trials/trials.ts'
import { continuousTime } from '../../../src/adapters/clock.ts'
import { createInbox, type MemoryInbox } from '../../../src/adapters/inbox/memory.ts'
import { createJournal } from '../../../src/adapters/journal/memory.ts'
import type { Application } from '../../../src/core/model/application.ts'
import { type Memory, withoutTimes } from '../../../src/core/model/memory.ts'
import type { Report } from '../../../src/core/model/report.ts'
import { keptRefusals, recalled } from '../../../src/core/plan/memory/refusals.ts'
import { faultOf } from '../../../src/core/rollout/golden/golden.ts'
import { comparePredictions } from '../../../src/core/rollout/predictions.ts'
import type { NeighbourApplication } from '../../../src/reconcile/neighbours.ts'
import type { Meter, Ports, Refusals, Source } from '../../../src/reconcile/ports.ts'
import { createReader } from '../../../src/reconcile/read.ts'
import { tick } from '../../../src/reconcile/tick.ts'
import type { OpenSandbox } from '../../../src/sandbox/index.ts'
import { planTwice } from '../../support/plan-twice.ts'
import { NO_PROBES } from '../../support/quiet-ports.ts'
import type { SimClock } from './clocks.ts'
import type { Caller, Wire } from './wire.ts'

/** A process that reconciles one Application, as production composes it; it dies with all that it remembers. */
export interface Process {
  readonly inbox: MemoryInbox
  /** Its own clock, by which it says when it wants to look again. */
  now(): number
  isDead(): boolean
  die(): void
  /** undefined = it died. */
  tick(): Promise<Report | undefined>
}

export interface ProcessOptions {
  readonly name: string
  readonly application: Application
  readonly source: Source
  readonly sandbox: OpenSandbox
  readonly credential: RenewableCredential
  readonly clock: SimClock
  readonly wire: Wire
  /** Its data directory. */
  readonly refusals: Refusals
  /** The other Applications that production would keep in this process; asked for at every tick. */
  readonly neighbours: () => readonly NeighbourApplication[]
}

const QUIET: Meter = {
  azureRequest: () => {},
  azureRetry: () => {},
  azureRateLimit: () => {},
  analysisQuery: () => {},
  sourceFetch: () => {},
  manifestsRead: () => {},
  probe: () => {},
}

const POLL_MS = 15_000
/** Which plans are made a second time, from copies: it takes more time than the rest of a tick. */
const COMPARED_EVERY = 4

export function startProcess(given: ProcessOptions): Process {
  // A process counts by the clock that production gives it, and forgets with it as the loop does.
  const clock = { ...given.clock, ...continuousTime(given.clock.now, given.clock.steady) }
  const options = { ...given, clock }
  const { application, source } = options
  const death = Promise.withResolvers<undefined>()
  let isDead = false
  let turn = 0
  let memory: Memory = recalled(options.refusals.recall(), clock.now())
  let settings = clock.settings?.()
  const caller: Caller = {
    controller: options.name,
    application: application.name,
    tick: () => turn,
    isDead: () => isDead,
    die() {
      isDead = true
      death.resolve(undefined)
    },
  }
  const ports = portsOf(options, {
    handle: (request) => options.wire.handle(caller, request),
  })
  const reader = createReader(source, application)
  return {
    inbox: ports.inbox as MemoryInbox,
    now: clock.now,
    isDead: caller.isDead,
    die: caller.die,
    async tick() {
      turn += 1
      if (clock.settings?.() !== settings) memory = withoutTimes(memory)
      settings = clock.settings?.()
      const neighbours = options.neighbours()
      const setting = {
        application,
        reader,
        neighbours,
        tick: turn,
        dryRun: false,
        pollMs: POLL_MS,
        ...(turn % COMPARED_EVERY === 0 ? { planner: planTwice } : {}),
      }
      const running = tick(ports, setting, memory, new AbortController().signal)
      const done = await Promise.race([running, death.promise])
      if (done === undefined) return undefined
      memory = done.memory
      options.refusals.keep(keptRefusals(memory))
      return done.report
    },
  }
}

function portsOf(
  { sandbox, source, clock, credential }: ProcessOptions,
  transport: Transport,
): Ports {
  const { subscriptionId, resourceGroup, workspace } = sandbox
  const azure = {
    workspace: { subscriptionId, resourceGroup, name: workspace },
    credential,
    transport,
    clock,
    meter: QUIET,
  }
  const inspector = openInspector(azure)
  return {
    source,
    cloud: openAzure(azure),
    analysis: createAnalysis({
      clock,
      sandboxOrigin: sandbox.arm,
      httpClient: httpClientOf(transport),
    }),
    prober: openProber({ ...azure, faultOf }),
    probes: NO_PROBES,
    trials: openTrials({ ...azure, compare: comparePredictions }),
    region: {
      cores: async (location, signal) => {
        try {
          return {
            sizes: await inspector.vmSizes(location, signal),
            quotas: await inspector.quotas(location, signal),
          }
        } catch {
          return undefined
        }
      },
    },
    inbox: createInbox(),
    journal: createJournal({ history: 2 }),
    clock,
  }
}

const HOUR_MS = 3_600_000

/** Tokens are taken once for a world: a token refused is asked for again, and the same. */
export async function credentialOf(
  sandbox: OpenSandbox,
  now: () => number,
): Promise<RenewableCredential> {
  const held = new Map<string, Promise<string>>()
  return {
    async getToken(scopes) {
      const scope = typeof scopes === 'string' ? scopes : scopes.join(' ')
      const token = held.get(scope) ?? tokenFor(sandbox, scope)
      held.set(scope, token)
      return { token: await token, expiresOnTimestamp: now() + HOUR_MS }
    },
    renew: () => held.clear(),
  }
}

async function tokenFor(sandbox: OpenSandbox, scope: string): Promise<string> {
  const { login, tenantId, clientId, clientSecret } = sandbox
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    scope,
  }).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const url = `${login}/${tenantId}/oauth2/v2.0/token`
  const answer = await sandbox.handle({ method: 'POST', url, headers, body })
  return (JSON.parse(answer.body) as { access_token: string }).access_token
}
