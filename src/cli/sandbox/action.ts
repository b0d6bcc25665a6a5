import { once } from 'node:events'
import { AZURE_CLOUDS } from '../../core/model/azure-cloud.ts'
import { FAULT_FORM } from '../../sandbox/fault-form.ts'
import { faultGuide } from '../../sandbox/fault-guide.ts'
import { type PythonMode, type Sandbox, startSandbox } from '../../sandbox/index.ts'
import type { CommandContext } from '../context.ts'
import { CommandError } from '../errors.ts'
import { readRole } from '../role.ts'
import type { SandboxAddress } from '../session.ts'
import type { OutputFormat } from '../targets.ts'
import { roomFor, writeFleet } from './fleet.ts'

export interface SandboxFlags {
  readonly output: OutputFormat
  readonly port: number
  readonly timeScale: number
  readonly fault: readonly string[]
  readonly state?: string
  readonly role?: string
  readonly cloud?: Sandbox['cloud']
  readonly pythonEnv: PythonMode
  readonly strictPython?: true
  readonly listFaults?: true
  /** Endpoints. */
  readonly fleet?: number
  readonly fleetFolder: string
}

const MISSING_MODULE =
  "This sandbox runs scripts with this machine's python3 as it is: one that is started with --python-env venv gives them the packages of their environments."

/** Serves a workspace until it is told to stop, or shows the faults there are. */
export async function sandbox(flags: SandboxFlags, context: CommandContext): Promise<void> {
  if (flags.listFaults) context.say(faultTable(flags.output))
  else await serve(flags, context)
}

async function serve(flags: SandboxFlags, context: CommandContext): Promise<void> {
  const { fleet, fleetFolder } = flags
  if (fleet !== undefined) await writeFleet(fleetFolder, fleet)
  if (flags.output === 'text') context.progress('Starting an Azure ML workspace on loopback …')
  const sandbox = await start(flags, context)
  try {
    context.say(flags.output === 'json' ? JSON.stringify(addressOf(sandbox)) : guide(sandbox))
    if (fleet !== undefined) context.progress(fleetGuide(fleet, fleetFolder))
    if (!context.signal.aborted) await once(context.signal, 'abort')
    if (flags.output === 'text') context.progress('Ending …')
  } finally {
    await sandbox.close()
  }
}

async function start(flags: SandboxFlags, context: CommandContext): Promise<Sandbox> {
  const { port, timeScale, fault, state, role, pythonEnv, strictPython, cloud } = flags
  const actions = role === undefined ? undefined : await readRole(role)
  const options = {
    ports: { arm: port },
    timeScale,
    faults: fault,
    ...(cloud === undefined ? {} : { cloud }),
    pythonEnvironment: pythonEnv,
    strictPython,
    missingModuleHint: MISSING_MODULE,
    onProgress: (line: string) => context.progress(`python: ${line}`),
    onError: (error: unknown) => context.progress(`sandbox: ${String(error)}`),
    ...(state === undefined ? {} : { stateFile: state }),
    ...(actions === undefined ? {} : { actions }),
    ...(flags.fleet === undefined ? {} : roomFor(flags.fleet)),
  }
  return startSandbox(options).catch((error: Error) => {
    throw new CommandError(`The sandbox could not be started: ${error.message}`)
  })
}

function addressOf(sandbox: Sandbox): SandboxAddress & { arm: string; blob: string } {
  const { arm, armTls, caFile, login, blob, subscriptionId, resourceGroup, workspace } = sandbox
  const { tenantId, clientId, clientSecret, cloud } = sandbox
  const where = { arm, armTls, caFile, login, blob, subscriptionId, resourceGroup, workspace }
  return { ...where, tenantId, clientId, clientSecret, cloud }
}

function fleetGuide(fleet: number, folder: string): string {
  return `The manifests of ${fleet} endpoints are in ${folder}. Elsewhere, with what '--output json' printed in sandbox.json:
  verdigris sync ${folder} --sandbox sandbox.json`
}

/** How to reach it with this program, curl and the Azure SDKs. */
function guide(sandbox: Sandbox): string {
  const { arm, armTls, login, blob, blobTls, caFile, tenantId, clientId, clientSecret } = sandbox
  const { subscriptionId, resourceGroup, workspace, cloud } = sandbox
  const { resourceManagerAudience: audience } = AZURE_CLOUDS[cloud]
  const id = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}`
  return `An Azure ML workspace is ready.
  ARM        ${armTls} (http: ${arm})
  login      ${login}
  blobs      ${blob}
  authority  ${caFile}
  workspace  ${id}
  cloud      ${cloud}

verdigris: start it with '--output json > sandbox.json'; then, elsewhere:
  verdigris plan manifests/workspace --sandbox sandbox.json

Azure SDKs (and az rest with --resource ${audience}):
  export AZURE_TENANT_ID=${tenantId} AZURE_CLIENT_ID=${clientId} AZURE_CLIENT_SECRET=${clientSecret}
  export AZURE_AUTHORITY_HOST=${login} NODE_EXTRA_CA_CERTS=${caFile} REQUESTS_CA_BUNDLE=${caFile}
  and the endpoint ${armTls}

azure-ai-ml for Python, besides: blobs have the host ${new URL(blobTls).hostname}, a name of 127.0.0.1
(RFC 6761; where the resolver does not know it, put it into /etc/hosts)
  export ARM_CLOUD_METADATA_URL='${armTls}/metadata/endpoints?api-version=2022-09-01'

curl:
  TOKEN=$(curl -s --cacert ${caFile} ${login}/${tenantId}/oauth2/v2.0/token -d grant_type=client_credentials \\
    -d client_id=${clientId} -d client_secret=${clientSecret} -d scope=${audience}/.default | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
  curl --cacert ${caFile} -H "Authorization: Bearer $TOKEN" "${armTls}${id}?api-version=2024-10-01"

Ctrl-C ends it.`
}

function faultTable(output: OutputFormat): string {
  const faults = faultGuide()
  if (output === 'json') return JSON.stringify(faults)
  const width = Math.max(...faults.map(({ name }) => name.length))
  const rows = faults.map(({ name, effect }) => `${name.padEnd(width)}  ${effect}`)
  return [...rows, '', `Form: ${FAULT_FORM}`, 'Example: OutOfQuota:deployment=green,count=1'].join(
    '\n',
  )
}
