import { openTrials, type TrialsOptions } from '../../../src/adapters/azure/trials/trials.ts'
import type { JsonObject } from '../../../src/core/model/values/json.ts'
import { comparePredictions } from '../../../src/core/rollout/predictions.ts'
import type { TrialAsk } from '../../../src/reconcile/ports.ts'
import {
  play,
  type Reply,
  type Seen,
  samples,
  signal,
  tokens,
  virtualTime,
  WORKSPACE,
  WORKSPACE_BODY,
} from './stage.ts'

export const SCORING = 'https://nightly.eastus.inference.ml.azure.com/jobs'
const REGION = 'https://eastus.api.azureml.ms'
export const ACCOUNT_KEY = Buffer.from('account-key-canary').toString('base64')
export const KEY = 'BatchDeployment/nightly/green'

export const ASK: TrialAsk = {
  key: KEY,
  endpoint: 'nightly',
  candidate: { slot: 'green', rev: '22222222' },
  stable: { slot: 'blue', rev: '11111111' },
  trial: { input: 'azureml:sample:3', tolerance: 1e-6, mismatches: 0 },
}

interface Service {
  readonly scoringUri?: string
  readonly discoveryUrl?: string
  readonly dataType?: string
  readonly datastore?: JsonObject
  readonly secrets?: JsonObject
  /** Statuses by deployment, one for each look; the last one stays. */
  readonly statuses?: Readonly<Record<string, readonly (string | undefined)[]>>
  /** Rows by deployment. */
  readonly rows?: Readonly<Record<string, string | Reply>>
  /** What deployments say of their output, by name, and the files that their jobs write; nothing = the service's defaults. */
  readonly settings?: Readonly<Record<string, JsonObject>>
  readonly files?: Readonly<Record<string, string>>
  readonly options?: Partial<TrialsOptions>
  /** What Azure tells of jobs beside their status, where it is not what it should be. */
  readonly job?: JsonObject
  /** Answers before the service does. */
  before?(request: Seen): Reply | undefined | Promise<Reply | undefined>
}

const DATASTORE: JsonObject = {
  accountName: 'store1',
  containerName: 'azureml-blobstore',
  endpoint: 'core.windows.net',
  protocol: 'https',
  credentials: { credentialsType: 'AccountKey' },
}

/** Trials before a workspace that the test plays: a job is named after its deployment and the order it came in. */
export function trying(given: Service = {}) {
  const started: { readonly name: string; readonly requestId: string }[] = []
  const left = new Map(
    Object.entries(given.statuses ?? {}).map(([name, words]) => [name, [...words]]),
  )

  function statusOf(job: string): string | undefined {
    const words = left.get(job.split('-')[0] ?? '') ?? ['Completed']
    return words.length > 1 ? words.shift() : words[0]
  }

  function start({ headers }: Seen): Reply {
    const requestId = headers['repeatability_request-id'] ?? ''
    const known = started.find((one) => one.requestId === requestId)
    const name = known?.name ?? `${headers['azureml-model-deployment']}-${started.length}`
    if (known === undefined) started.push({ name, requestId })
    return { status: 201, body: { name, properties: {} } }
  }

  function ofJob({ path, method }: Seen): Reply | undefined {
    if (method === 'POST' && /^jobs\/[^/]+\/cancel$/.test(path)) return { status: 202, body: '' }
    const job = /jobs\/([^/]+)$/.exec(path)?.[1]
    const run = /runs\/([^/]+)\/children$/.exec(path)?.[1]
    if (run !== undefined)
      return { body: { value: [{ name: 'batchscoring', runId: `child-of-${run}` }] } }
    const status = job === undefined ? undefined : statusOf(job)
    const tags = { 'azureml.deploymentname': job?.split('-')[0] ?? '' }
    const properties = { experimentName: 'nightly', tags, ...given.job, status: status ?? '' }
    return status === undefined ? undefined : { body: { properties } }
  }

  function blobOf({ path }: Seen): Reply | undefined {
    const [, blob, file = ''] = /azureml\/child-of-([^-]+)-\d+\/score\/([^/]+)$/.exec(path) ?? []
    if (blob === undefined) return undefined
    const written = given.files?.[blob] ?? 'predictions.csv'
    if (decodeURIComponent(file) !== written) return { status: 404, body: '' }
    const rows = given.rows?.[blob] ?? 'a.txt 1\n'
    return typeof rows === 'string' ? { body: rows } : rows
  }

  function answer(request: Seen): Reply | undefined {
    if (request.url.href === (given.scoringUri ?? SCORING)) return start(request)
    return ofJob(request) ?? blobOf(request) ?? atRest(given, request.path)
  }

  const { transport, seen } = play(
    async (request) => (await given.before?.(request)) ?? answer(request),
  )
  const clock = virtualTime()
  const credential = tokens()
  const trials = openTrials({
    ...{ workspace: WORKSPACE, credential, transport, clock, meter: samples().meter },
    ...{ compare: comparePredictions, ...given.options },
  })
  const look = async (ask = ASK) => (await trials.look([ask], signal())).get(ask.key)
  const cancel = async (asks = trials.running()) => trials.cancel(asks, signal())
  return { trials, look, cancel, seen, clock, credential, started, serve: answer }
}

/** What does not change while jobs run. */
function atRest(given: Service, path: string): Reply | undefined {
  const { scoringUri = SCORING, dataType = 'uri_folder' } = given
  const { discoveryUrl = `${REGION}/discovery` } = given
  if (path === '.') return { body: { ...WORKSPACE_BODY, properties: { discoveryUrl } } }
  if (path === 'batchEndpoints/nightly') return { body: { properties: { scoringUri } } }
  const deployment = /^batchEndpoints\/nightly\/deployments\/(\w+)$/.exec(path)?.[1]
  if (deployment !== undefined) return { body: { properties: given.settings?.[deployment] ?? {} } }
  if (path === 'data/sample/versions/3') return { body: { properties: { dataType } } }
  if (path === 'datastores/workspaceblobstore')
    return { body: { properties: { ...DATASTORE, ...given.datastore } } }
  if (path === 'datastores/workspaceblobstore/listSecrets')
    return { body: given.secrets ?? { secretsType: 'AccountKey', key: ACCOUNT_KEY } }
  return undefined
}

export const posts = (seen: readonly Seen[]): readonly Seen[] =>
  seen.filter(({ url, method }) => method === 'POST' && url.hostname !== 'management.azure.com')
