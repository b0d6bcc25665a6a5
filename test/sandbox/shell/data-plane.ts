import { tmpdir } from 'node:os'
import { type BlobClient, createBlobClient } from '../../../src/sandbox/blobs/client.ts'
import { createMemoryBlobs } from '../../../src/sandbox/blobs/memory.ts'
import type { Container, DeploymentView, EndpointView } from '../../../src/sandbox/core/contract.ts'
import type { HttpResponse } from '../../../src/sandbox/http/message.ts'
import type { PythonOptions } from '../../../src/sandbox/python/environment.ts'
import type { PrincipalOf } from '../../../src/sandbox/scoring/authorise.ts'
import { type Counters, createCounters } from '../../../src/sandbox/scoring/counters/counters.ts'
import { createRuntime, type Runtime } from '../../../src/sandbox/scoring/runtime.ts'

const account = { accountName: 'acct', accountKey: Buffer.from('key').toString('base64') }
const origin = 'https://blobs.invalid'
const workspace = 'subscriptions/s/resourcegroups/g/workspaces/w'

/** A data plane whose workspace is whatever the test says it is. */
export interface DataPlane {
  readonly runtime: Runtime
  readonly counters: Counters
  /** What was told of each container, e.g. `blue 1 ready`. */
  readonly told: string[]
  /** Why containers could not be started. */
  readonly reasons: string[]
  readonly blobs: BlobClient
  readonly logs: string[]
  /** Puts files at a place and gives its URI. */
  upload(folder: string, files: Record<string, string>): Promise<string>
  /** Sets what the workspace says, and waits until all that is to run does. */
  show(...endpoints: EndpointView[]): Promise<void>
  post(body: unknown, options?: Post): Promise<Answer>
}

export interface Post {
  readonly endpoint?: string
  readonly path?: string
  readonly method?: string
  readonly headers?: Record<string, string>
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export function createDataPlane(
  principalOf: PrincipalOf = async () => undefined,
  python: PythonOptions = { mode: 'system' },
): DataPlane {
  const now = Date.now
  const send = createMemoryBlobs({ account, basePath: '', now })
  const blobs = createBlobClient({ account, origin, send, now })
  const told: string[] = []
  const reasons: string[] = []
  const logs: string[] = []
  let views: readonly EndpointView[] = []
  const counters = createCounters(now())
  const runtime = createRuntime({
    python,
    runsScripts: true,
    storage: {
      ...{ blobs, accountName: account.accountName, defaultContainer: 'store' },
      ...{ origins: [origin], workspace, scratch: tmpdir() },
    },
    views: () => views,
    tell(_, deployment, generation, state) {
      told.push(wordsOf(deployment, generation, state))
      if (state.state === 'crashed') reasons.push(state.message)
    },
    onLog: (_, deployment, text) => logs.push(`${deployment}: ${text}`),
    principalOf,
    counters,
    seed: 7,
  })
  return {
    runtime,
    counters,
    told,
    reasons,
    blobs,
    logs,
    async upload(folder, files) {
      await blobs.createContainer('store')
      for (const [name, text] of Object.entries(files)) {
        await blobs.put('store', `${folder}/${name}`, Buffer.from(text))
      }
      return `${origin}/store/${folder}`
    },
    async show(...endpoints) {
      views = endpoints
      runtime.refresh()
      await runtime.whenSettled()
    },
    post: (body, options = {}) => post(runtime, body, options),
  }
}

async function post(runtime: Runtime, body: unknown, options: Post): Promise<Answer> {
  const { endpoint = 'fraud', path = '/score', method = 'POST', headers = {} } = options
  const response: HttpResponse = await runtime.handle({
    method,
    url: `http://127.0.0.1:1/${endpoint}${path}`,
    headers: { authorization: 'Bearer primary', ...headers },
    body: Buffer.from(JSON.stringify(body)),
  })
  return { ...response, body: response.body.toString('utf8') }
}

function wordsOf(deployment: string, generation: number, state: Container): string {
  const why = state.state === 'crashed' ? ` ${state.code}` : ''
  return `${deployment} ${generation} ${state.state}${why}`
}

export function endpoint(
  deployments: readonly DeploymentView[],
  change: Partial<EndpointView> = {},
): EndpointView {
  const first = deployments[0]
  return {
    name: 'fraud',
    authMode: 'Key',
    keys: { primaryKey: 'primary', secondaryKey: 'secondary' },
    provisioningState: 'Succeeded',
    traffic: first ? { [first.name]: 100 } : {},
    mirrorTraffic: {},
    tokens: [],
    deployments,
    ...change,
  }
}

export function deployment(codeUri: string, change: Partial<DeploymentView> = {}): DeploymentView {
  return {
    name: 'blue',
    provisioningState: 'Succeeded',
    inForce: true,
    containerGeneration: 1,
    instanceCount: 1,
    requestTimeoutMs: 5000,
    maxConcurrentRequestsPerInstance: 1,
    environmentVariables: {},
    codeUri,
    scoringScript: 'score.py',
    ...change,
  }
}
