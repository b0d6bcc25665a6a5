import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { Inspector, Permission } from '../../compose.ts'
import type { SyncPolicy } from '../../core/model/application.ts'
import type { Desired } from '../../core/model/desired.ts'
import { isDeployment } from '../../core/model/ref.ts'
import type { StepType } from '../../core/model/rollout.ts'
import { someOf } from '../../core/model/values/some-of.ts'
import { probeIn } from '../../core/rollout/probed.ts'
import { covers, readRole } from '../role.ts'
import { failed, notChecked, passed, type Row } from './row.ts'

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'deploy', 'azure')
const SHOWN = 3

/** Whether manifests need an action: without what is spare everything works but what `without` says. */
type Need = 'needed' | 'spare' | 'none'

/** A role definition that is shipped, and what of it manifests need. */
interface Role {
  readonly check: string
  readonly file: string
  readonly need: (action: string, desired: readonly Desired[]) => Need
  readonly without: string
}

const ROLES: readonly Role[] = [
  {
    check: 'role',
    file: 'custom-role.json',
    need: controllerNeed,
    without: 'what Git no longer declares is not deleted',
  },
  {
    check: 'upload role',
    file: 'upload-role.json',
    need: (_, desired) => (desired.some(isPlacedInStore) ? 'needed' : 'none'),
    without: '',
  },
  {
    check: 'rollout role',
    file: 'rollout-role.json',
    need: rolloutNeed,
    without:
      'what these are for is left out: the cores that are left, computes, why deployments failed, the end of needless trial jobs',
  },
]

/** Who only looks needs the reads of the controller's role, and nothing else. */
const OBSERVING: readonly Role[] = ROLES.map((role) => ({
  ...role,
  need: (action, desired) => {
    const need = role.need(action, desired)
    const isRead = role.file === 'custom-role.json' && action.endsWith('/read')
    return need === 'needed' && !isRead ? 'spare' : need
  },
  without: 'nothing of that is needed while `sync.mode` is `observe`; `apply` needs it',
}))

/** What the identity may do, against each role that these manifests need in this mode. */
export async function roleRows(
  { desired, mode }: { readonly desired: readonly Desired[]; readonly mode: SyncPolicy['mode'] },
  permissions: readonly Permission[],
  inspector: Pick<Inspector, 'isStoreEnteredByIdentity'>,
  signal: AbortSignal,
): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const role of mode === 'observe' ? OBSERVING : ROLES) {
    const row = await roleRow(role, desired, permissions)
    const isOther =
      role.file === 'upload-role.json' &&
      row?.ok === false &&
      (await inspector.isStoreEnteredByIdentity(signal).catch(() => false))
    if (isOther) rows.push(passed(role.check, 'not needed: the blob store is entered by identity'))
    else if (row !== undefined) rows.push(row)
  }
  return rows
}

async function roleRow(
  { check, file, need, without }: Role,
  desired: readonly Desired[],
  permissions: readonly Permission[],
): Promise<Row | undefined> {
  const path = join(FOLDER, file)
  const isHere = await access(path).then(
    () => true,
    () => false,
  )
  if (!isHere) return notChecked(check, `deploy/azure/${file} is not here`)
  const actions = await readRole(path)
  const wanted = (kind: Need) => actions.filter((action) => need(action, desired) === kind)
  const lacking = (action: string) => !permissions.some((one) => allows(one, action))
  const needed = wanted('needed')
  const missing = needed.filter(lacking)
  const spared = wanted('spare').filter(lacking)
  if (missing.length > 0) {
    const detail = `${missing.length} of ${needed.length} actions missing: ${someOf(missing, SHOWN)}`
    return failed(
      check,
      detail,
      `Give the identity the role of deploy/azure/${file} on the workspace.`,
    )
  }
  if (needed.length === 0 && spared.length === 0) return undefined
  const all =
    needed.length === 0 ? 'these manifests need none of its actions' : allowedOf(needed.length)
  const but = spared.length === 0 ? '' : `; without ${someOf(spared, SHOWN)}: ${without}`
  return passed(check, `${all}${but}`)
}

function allowedOf(count: number): string {
  if (count === 1) return 'the one action that these manifests need is allowed'
  return `all ${count} actions that these manifests need are allowed`
}

function controllerNeed(action: string, desired: readonly Desired[]): Need {
  const isBatch = /\/batchEndpoints\/.*(?:write|delete)$/.test(action)
  if (isBatch && !desired.some(({ ref }) => ref.kind.startsWith('Batch'))) return 'none'
  if (action.startsWith('Microsoft.Insights/'))
    return checksOf(desired).some(({ provider }) => provider === 'azureMonitor') ? 'needed' : 'none'
  return action.endsWith('/delete') ? 'spare' : 'needed'
}

const VERIFY = {
  key: 'listKeys/action',
  aml_token: 'token/action',
  aad_token: 'score/action',
} as const

/** What is spare: a part of the action, and which manifest gives reason for it. */
const SPARE: readonly (readonly [part: string, (one: Desired) => boolean])[] = [
  ['/locations/', ({ ref, rollout }) => isDeployment(ref.kind) || rollout !== undefined],
  [
    '/getLogs/',
    ({ ref, rollout }) =>
      ref.kind === 'OnlineDeployment' || (ref.kind === 'OnlineEndpoint' && rollout !== undefined),
  ],
  ['/computes/', ({ spec }) => spec.compute !== undefined],
  ['/jobs/cancel/', (one) => hasStep(one, 'trial')],
]

function rolloutNeed(action: string, desired: readonly Desired[]): Need {
  const spare = SPARE.find(([part]) => action.includes(part))
  if (spare !== undefined) return desired.some(spare[1]) ? 'spare' : 'none'
  const withStep = (type: StepType) => desired.filter((one) => hasStep(one, type))
  if (/\/jobs\//.test(action)) return withStep('trial').length > 0 ? 'needed' : 'none'
  const probed = desired.filter(({ rollout }) => rollout?.steps.some((step) => probeIn(step)))
  const isAsked = [...withStep('verify'), ...probed].some(({ spec }) => {
    const mode = String(spec.auth_mode ?? 'key') as keyof typeof VERIFY
    return action.endsWith(`/onlineEndpoints/${VERIFY[mode]}`)
  })
  return isAsked ? 'needed' : 'none'
}

function hasStep({ rollout }: Desired, type: StepType): boolean {
  return rollout?.steps.some((step) => step.type === type) === true
}

function checksOf(desired: readonly Desired[]) {
  return desired.flatMap(({ rollout }) => [
    ...(rollout?.analysis ?? []),
    ...(rollout?.steps ?? []).flatMap((step) => (step.type === 'analysis' ? step.checks : [])),
  ])
}

/** What is uploaded into the workspace's blob store with its key; code has a place of its own. */
function isPlacedInStore({ ref, upload }: Desired): boolean {
  return upload !== undefined && ref.kind !== 'Code'
}

function allows({ actions, notActions }: Permission, action: string): boolean {
  return covers(actions, action) && !covers(notActions, action)
}
