import type { Assembly, Inspector } from '../../compose.ts'
import type { Desired } from '../../core/model/desired.ts'
import type { World } from '../../core/model/live.ts'
import type { Problem } from '../../core/model/problem.ts'
import { CloudError } from '../../reconcile/ports.ts'
import type { Reading } from '../../reconcile/read.ts'
import { wholeWorld } from '../../reconcile/whole-world.ts'
import { attempt } from './attempt.ts'
import { cloudRow } from './cloud.ts'
import { computeRows } from './computes.ts'
import { coreNeeds, shortages } from './cores.ts'
import { limitsRow } from './limits.ts'
import { roleRows } from './roles.ts'
import { failed, notChecked, passed, type Row } from './row.ts'

const SHOWN = 3

/** Everything one Application needs: its source, its manifests, and what Azure says to them. */
export async function applicationRows(
  { application, reader, ports, inspect, azure, identity: who }: Assembly,
  signal: AbortSignal,
): Promise<readonly Row[]> {
  const reading = await reader.read(signal)
  const { desired = [] } = reading
  const meant = { desired, mode: application.sync.mode }
  const inspector = inspect()
  const first = [...sourceRows(reading), await cloudRow({ azure }, inspector, signal)]
  const identity = await identityRow({ azure, identity: who }, inspector, signal)
  if (identity.ok !== true)
    return [...first, identity, ...unknown(['workspace', 'role', 'quota'], 'no token')]
  const workspace = await attempt(() => inspector.workspace(signal))
  if (workspace instanceof CloudError)
    return [
      ...first,
      identity,
      workspaceFailed(workspace),
      ...(await rolesOf(meant, inspector, signal)),
      ...unknown(['quota'], 'no workspace'),
    ]
  return [
    ...first,
    identity,
    passed('workspace', `${workspace.name} in ${workspace.location}`),
    ...(await rolesOf(meant, inspector, signal)),
    ...(await computeRows(desired, workspace, inspector, signal)),
    ...(await capacityRows(desired, { ports, azure }, inspector, signal)),
  ]
}

/** Whether there is room for what is declared beside what is live: by Azure's limits, and by the quota of cores. */
async function capacityRows(
  desired: readonly Desired[],
  { ports, azure }: Pick<Assembly, 'ports' | 'azure'>,
  inspector: Inspector,
  signal: AbortSignal,
): Promise<readonly Row[]> {
  const nothing = { assets: [], labels: [] }
  const world = await attempt(() => wholeWorld(ports.cloud, nothing, signal))
  if (world instanceof CloudError) return unknown(['limits', 'quota'], world.message)
  const quota = await quotaRow(desired, { azure }, inspector, world, signal)
  return [limitsRow(desired, world.resources), quota]
}

function sourceRows({ source, desired }: Reading): readonly Row[] {
  const { failure, problems, attemptedRevision } = source
  if (failure !== undefined)
    return [
      failed('source', failure.message, 'Check the repository, the revision and the credentials.'),
      ...unknown(['manifests', 'names'], 'the source could not be read'),
    ]
  const read = passed('source', `read at ${attemptedRevision?.slice(0, 12) ?? 'an unknown commit'}`)
  return [read, manifestsRow(problems, desired ?? []), namesRow(problems, desired ?? [])]
}

function manifestsRow(problems: readonly Problem[], desired: readonly Desired[]): Row {
  const errors = problems.filter(({ severity }) => severity === 'error')
  if (errors.length === 0) return passed('manifests', `${desired.length} resources, no problems`)
  return failed(
    'manifests',
    `${errors.length} ${errors.length === 1 ? 'problem' : 'problems'}: ${placed(errors)}`,
    'Mend them; `verdigris validate` shows all.',
  )
}

/** Azure asks more of names than its OpenAPI document says (FACTS 4). */
function namesRow(problems: readonly Problem[], desired: readonly Desired[]): Row {
  const bad = problems.filter(({ reason }) => reason === 'InvalidName')
  if (bad.length > 0)
    return failed('names', placed(bad), 'Use 3 to 32 letters, digits and "-", a letter first.')
  const count = (kind: string): number => desired.filter(({ ref }) => ref.kind === kind).length
  return passed(
    'names',
    `legal (endpoints: ${count('OnlineEndpoint')}, deployments: ${count('OnlineDeployment')})`,
  )
}

async function identityRow(
  { azure, identity }: Pick<Assembly, 'azure' | 'identity'>,
  inspector: Inspector,
  signal: AbortSignal,
): Promise<Row> {
  const expires = await attempt(() => inspector.token(signal))
  if (expires instanceof CloudError) {
    const advice = IDENTITY_ADVICE[azure.chosen?.by ?? 'default']
    // Microsoft's library has a line for each way it tried; the message has their ends in this form.
    const said = expires.message.replaceAll('\\u000a', '; ')
    return failed('identity', `${identity()}: ${said}`, advice)
  }
  return passed('identity', `${identity()}: a token until ${new Date(expires).toISOString()}`)
}

const IDENTITY_ADVICE = {
  default:
    'Check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET; or the workload identity, the managed identity, or `az login`.',
  workload:
    "Check the client id and the tenant, and the identity's federated credential for this service account.",
  managed: 'Check the name, and that this machine has the identity.',
  secret: 'Check tenant, client and secret where the configuration has them.',
  nothing: 'Change the identity of the Application, or set what it needs.',
} as const

function workspaceFailed({ reason, message, errorClass }: CloudError): Row {
  if (reason === 'WorkspaceNotFound')
    return failed('workspace', message, 'Check subscription, resource group and name.')
  const advice =
    errorClass === 'auth'
      ? 'Give the identity the role of deploy/azure/custom-role.json on the workspace.'
      : 'Check the network, and whether Azure is up.'
  return failed('workspace', message, advice)
}

async function rolesOf(
  meant: Parameters<typeof roleRows>[0],
  inspector: Inspector,
  signal: AbortSignal,
): Promise<readonly Row[]> {
  const permissions = await attempt(() => inspector.permissions(signal))
  if (permissions instanceof CloudError) return [notChecked('role', permissions.message)]
  if (permissions === undefined)
    return [notChecked('role', 'the service does not tell the permissions of the caller')]
  return roleRows(meant, permissions, inspector, signal)
}

async function quotaRow(
  desired: readonly Desired[],
  { azure }: Pick<Assembly, 'azure'>,
  inspector: Inspector,
  { workspace: { location }, resources }: World,
  signal: AbortSignal,
): Promise<Row> {
  const asked = await attempt(async () => {
    const quotas = await inspector.quotas(location, signal)
    return { quotas, sizes: await inspector.vmSizes(location, signal) }
  })
  if (asked instanceof CloudError) return notChecked('quota', asked.message)
  const { quotas, sizes } = asked
  if (sizes.length === 0 || quotas.length === 0)
    return notChecked(
      'quota',
      'the service does not tell sizes or quotas',
      'To have it checked, allow Microsoft.MachineLearningServices/locations/{usages,vmSizes}/read on the subscription.',
    )
  const needs = coreNeeds(desired, resources, sizes)
  const short = [...needs.complaints, ...shortages(needs, quotas)]
  const cores = [...needs.cores].map(([family, count]) => `${count} cores of ${family}`)
  if (short.length === 0)
    return passed('quota', `enough for ${cores.join(', ') || 'no deployment'}`)
  return failed(
    'quota',
    listed(short),
    `Take another VM size or fewer instances, or ask for quota in Azure ML studio (${azure.cloud.studio}, Quota).`,
  )
}

function unknown(checks: readonly string[], why: string): readonly Row[] {
  return checks.map((check) => notChecked(check, why))
}

function placed(problems: readonly Problem[]): string {
  return listed(problems.map(({ at, message }) => `${at.file}:${at.line}:${at.column} ${message}`))
}

function listed(texts: readonly string[]): string {
  const more = texts.length - SHOWN
  return `${texts.slice(0, SHOWN).join('; ')}${more > 0 ? ` (and ${more} more)` : ''}`
}
