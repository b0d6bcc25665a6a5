import { readFile } from 'node:fs/promises'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { AccessError, type AzureAccess, azureAccess } from '../compose/azure-access.ts'
import { chosenIdentity } from '../compose/identity.ts'
import { quietTelemetry } from '../compose/quiet.ts'
import type { Telemetry } from '../compose/telemetry.ts'
import {
  type Assembly,
  compose,
  createBudgets,
  type Door,
  keptBuckets,
  type Shared,
} from '../compose.ts'
import type { Config } from '../config.ts'
import type { Application } from '../core/model/application.ts'
import { AZURE_CLOUDS } from '../core/model/azure-cloud.ts'
import { canonical } from '../core/model/values/json.ts'
import type { Sandbox } from '../sandbox/index.ts'
import { applicationsOf, type Chosen, type Tolerance } from './applications.ts'
import { embeddedSandbox } from './embedded.ts'
import { CommandError } from './errors.ts'
import type { TargetFlags } from './targets.ts'

const SOONEST_MS = 200

/** The Applications a command is about, each ready to tick, and what was started for them. */
export interface Session {
  readonly assemblies: readonly Assembly[]
  /** The embedded workspace, when one was started. */
  readonly sandbox?: Sandbox
  /** How soon to look again while the workspace works: an embedded one is faster than Azure. */
  readonly pollMs: number
  close(): Promise<void>
}

/** What a client needs to know of a running sandbox: the line that `verdigris sandbox --output json` prints. */
export interface SandboxAddress {
  readonly armTls: string
  readonly caFile: string
  readonly login: string
  readonly subscriptionId: string
  readonly resourceGroup: string
  readonly workspace: string
  readonly tenantId: string
  readonly clientId: string
  readonly clientSecret: string
  /** The cloud that it is of; absent = the public one. */
  readonly cloud?: keyof typeof AZURE_CLOUDS
}

export interface SessionOptions extends Pick<Shared, 'readManifests'> {
  readonly tolerance?: Tolerance
  /** Who is told what happens; a quiet one unless given. */
  readonly telemetry?: Telemetry
}

/** Opens everything a command needs. `close` ends what was started, in the reverse order. */
export async function openSession(
  source: string | undefined,
  flags: TargetFlags,
  given: Config,
  { tolerance = 'none', telemetry: told, ...shared }: SessionOptions = {},
): Promise<Session> {
  // A source on the command line is the caller's own word; local ones in files need to be allowed.
  const config = flags.config === undefined ? { ...given, allowLocal: true } : given
  const { pollMs } = config.limits
  const telemetry = told ?? (await quietTelemetry(config))
  const applications = await applicationsOf(source, flags, config, tolerance)
  const needsSandbox = applications.chosen.some(({ workspace }) => 'sandbox' in workspace)
  const running = typeof flags.sandbox === 'string' ? await readAddress(flags.sandbox) : undefined
  if (running !== undefined && flags.pythonEnv !== undefined)
    throw new CommandError(
      "--python-env is for the embedded workspace: one that runs has what 'verdigris sandbox --python-env' gave it.",
    )
  const sandbox =
    needsSandbox && running === undefined ? await embeddedSandbox(flags, config) : undefined
  try {
    const address = running ?? sandbox
    const doorOf = doorsOf(address, config, flags.cloud)
    const budgetFor = createBudgets(telemetry.clock, keptBuckets(config, telemetry))
    const open = (application: Application): Assembly => {
      const door = doorOf(application)
      return compose(application, door, config, telemetry, { ...shared, budget: budgetFor(door) })
    }
    const { assemblies, all } = await assemble(applications, address, open)
    return {
      assemblies,
      ...(sandbox === undefined ? {} : { sandbox }),
      pollMs: sandbox === undefined ? pollMs : Math.max(SOONEST_MS, pollMs / flags.timeScale),
      async close() {
        await Promise.all(all.map((assembly) => assembly.close()))
        await sandbox?.close()
      },
    }
  } catch (error) {
    await sandbox?.close()
    throw error
  }
}

async function assemble(
  { chosen, others }: Chosen,
  address: SandboxAddress | undefined,
  open: (application: Application) => Assembly,
): Promise<{ readonly assemblies: readonly Assembly[]; readonly all: readonly Assembly[] }> {
  if (address !== undefined) await trust(address.caFile)
  const own = chosen.map(open)
  const inReach = others.filter(({ workspace }) => !('sandbox' in workspace) || address)
  const all = [...own, ...inReach.map(open)]
  const assemblies = own.map((one) => ({ ...one, neighbours: neighboursOf(one, all) }))
  return { assemblies, all }
}

/** Those that keep things in the same workspace: Azure folds the case of its names. */
function neighboursOf({ application }: Assembly, all: readonly Assembly[]): Assembly['neighbours'] {
  const where = ({ workspace }: Application): string => canonical({ ...workspace }).toLowerCase()
  return all.filter(
    (other) =>
      other.application.name !== application.name &&
      where(other.application) === where(application),
  )
}

/** Lets this process accept the sandbox's certificate. */
export async function trust(caFile: string): Promise<void> {
  const certificate = await readFile(caFile, 'utf8').catch(() => {
    throw new CommandError(
      `Cannot read ${caFile}, the sandbox's certificate: does that sandbox still run on this machine?`,
    )
  })
  setDefaultCACertificates([...getCACertificates('default'), certificate])
}

/** How to get into a sandbox: real tokens from its own token endpoint. */
export function sandboxDoor(address: SandboxAddress): Door {
  const { subscriptionId, resourceGroup, workspace, tenantId, clientId, clientSecret } = address
  const azure = {
    cloud: AZURE_CLOUDS[address.cloud ?? 'public'],
    endpoint: address.armTls,
    authorityHost: address.login,
    tenantId,
    clientId,
    clientSecret,
  }
  return { subscriptionId, resourceGroup, workspace, azure, isSandbox: true }
}

/** Azure's settings are looked at when the first workspace in Azure is met: who has a sandbox needs none. */
function doorsOf(
  sandbox: SandboxAddress | undefined,
  config: Config,
  cloud: string | undefined,
): (application: Application) => Door {
  let azure: AzureAccess | undefined
  return ({ workspace, identity }) => {
    if ('sandbox' in workspace) {
      if (sandbox === undefined) throw new Error('a sandbox is needed and none was started')
      checkCloud(sandbox, cloud)
      return sandboxDoor(sandbox)
    }
    azure ??= accessOf(config, cloud)
    const where = { ...workspace, workspace: workspace.name }
    if (identity === undefined) return { ...where, azure }
    const chosen = chosenIdentity(identity, azure, config.identities)
    return { ...where, azure: { ...azure, chosen } }
  }
}

/** A sandbox tells which cloud it is of. */
function checkCloud({ cloud = 'public' }: SandboxAddress, named: string | undefined): void {
  if (named === undefined || named === cloud) return
  throw new CommandError(
    `--cloud is '${named}', and the sandbox is of the cloud ${cloud}: 'verdigris sandbox --cloud' starts another one.`,
  )
}

function accessOf(config: Config, cloud: string | undefined): AzureAccess {
  try {
    return azureAccess(config, cloud)
  } catch (error) {
    throw error instanceof AccessError ? new CommandError(error.message) : error
  }
}

async function readAddress(file: string): Promise<SandboxAddress> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new CommandError(
      `Cannot read ${file}: it holds the line that 'verdigris sandbox --output json' printed.`,
    )
  })
  const address = parsed(text.split('\n')[0] ?? '')
  if (address !== undefined) return address
  throw new CommandError(`${file} is not the line that 'verdigris sandbox --output json' printed.`)
}

const ADDRESS_FIELDS = [
  ...['armTls', 'caFile', 'login', 'subscriptionId', 'resourceGroup', 'workspace'],
  ...['tenantId', 'clientId', 'clientSecret'],
]

function parsed(line: string): SandboxAddress | undefined {
  try {
    const fields = JSON.parse(line) as { readonly [name: string]: unknown } | null
    const isWhole = ADDRESS_FIELDS.every((name) => typeof fields?.[name] === 'string')
    const isKnown = Object.hasOwn(AZURE_CLOUDS, String(fields?.cloud ?? 'public'))
    return isWhole && isKnown ? (fields as unknown as SandboxAddress) : undefined
  } catch {
    return undefined
  }
}
