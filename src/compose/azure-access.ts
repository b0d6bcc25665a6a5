import { readFileSync } from 'node:fs'
import { isLoopback } from '../adapters/azure/http/origin.ts'
import type { ChosenIdentity } from '../adapters/azure/identity/chosen-identity.ts'
import type { Config } from '../config.ts'
import { AZURE_CLOUDS, type AzureCloud, isHostOf, readCloud } from '../core/model/azure-cloud.ts'

/** One cloud of Azure and who we are there. Everything that a request or a token goes to is derived from it. */
export interface AzureAccess extends Omit<Config['azure'], 'cloud' | 'endpoint' | 'authorityHost'> {
  readonly cloud: AzureCloud
  /** Origin of Azure Resource Manager: the cloud's, or one on loopback, which is a sandbox. */
  readonly endpoint: string
  /** Origin that gives tokens: one of the cloud's, or on loopback where ARM is. */
  readonly authorityHost: string
  /** Who an Application is by its manifest, instead. */
  readonly chosen?: ChosenIdentity
}

/** The configuration does not fit together; the message names the setting, and is for whoever made it. */
export class AccessError extends Error {}

/**
 * The cloud that is meant: `named`, else the configured one, else the one whose ARM is configured, else the public one. Throws
 * AccessError, with the setting's name and the reason, for a cloud that is not known, and for addresses that are not of it.
 */
export function azureAccess(
  { azure, metrics }: Pick<Config, 'azure' | 'metrics'>,
  named?: string,
): AzureAccess {
  const { cloud: configured, endpoint: arm, authorityHost: authority, ...identity } = azure
  const cloud = cloudOf(
    named ?? configured,
    named === undefined ? 'VERDIGRIS_CLOUD' : '--cloud',
    arm,
  )
  const endpoint = originOf('VERDIGRIS_ARM_ENDPOINT', arm) ?? cloud.resourceManager
  if (endpoint !== cloud.resourceManager && !isLocal(endpoint))
    throw misfit('VERDIGRIS_ARM_ENDPOINT', endpoint, cloud, [cloud.resourceManager])
  const authorityHost = originOf('AZURE_AUTHORITY_HOST', authority) ?? cloud.authorities[0]
  if (!cloud.authorities.includes(authorityHost) && !(isLocal(endpoint) && isLocal(authorityHost)))
    throw misfit('AZURE_AUTHORITY_HOST', authorityHost, cloud, cloud.authorities)
  // A token of a real directory must not go to whatever listens on this machine.
  if (endpoint !== cloud.resourceManager && !isLocal(authorityHost))
    throw refused(
      `VERDIGRIS_ARM_ENDPOINT is ${endpoint}, on this machine: AZURE_AUTHORITY_HOST has to be on it, too, and is ${authorityHost}.`,
    )
  checkMetrics(metrics, cloud)
  return { ...identity, cloud, endpoint, authorityHost }
}

const NAMES = Object.keys(AZURE_CLOUDS).join(', ')

function cloudOf(name: string | undefined, setting: string, arm: string | undefined): AzureCloud {
  const known: readonly AzureCloud[] = Object.values(AZURE_CLOUDS)
  if (name === undefined) {
    const endpoint = originOf('VERDIGRIS_ARM_ENDPOINT', arm)
    return known.find((one) => one.resourceManager === endpoint) ?? AZURE_CLOUDS.public
  }
  const cloud = known.find((one) => one.name === name)
  if (cloud !== undefined) return cloud
  if (name.endsWith('.json')) return cloudIn(name, setting)
  throw refused(
    `${setting} is '${name}'; it may be ${NAMES}, or the path of a JSON file that describes another cloud (docs/clouds.md).`,
  )
}

function cloudIn(file: string, setting: string): AzureCloud {
  const cloud = readCloud(jsonIn(file, setting))
  if (!('problems' in cloud)) return cloud
  throw refused(`${setting}: ${file}: ${cloud.problems.join('; ')}.`)
}

function jsonIn(file: string, setting: string): unknown {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    throw refused(`${setting}: ${file} cannot be read.`)
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw refused(`${setting}: ${file} is no JSON: ${(error as Error).message}.`)
  }
}

/** Never repeats what it cannot read: somebody may have put a password into it. */
function originOf(setting: string, address: string | undefined): string | undefined {
  if (address === undefined) return undefined
  const url = URL.canParse(address) ? new URL(address) : undefined
  const isPlain =
    url !== undefined && `${url.username}${url.password}${url.search}${url.hash}` === ''
  if (isPlain && url.pathname === '/' && /^https?:$/.test(url.protocol)) return url.origin
  throw refused(`${setting} is no http or https address without a path, user name and query.`)
}

function isLocal(origin: string): boolean {
  return isLoopback(new URL(origin))
}

/** Metrics are asked for with tokens of the same cloud. */
function checkMetrics(metrics: Config['metrics'], cloud: AzureCloud): void {
  const { azureMonitorUrl: monitor, logAnalyticsUrl: logs } = metrics
  const isMonitor = (origin: string) =>
    isHostOf(new URL(origin).hostname, cloud.metricsSuffix, [1, 1])
  const checks = [
    [
      'VERDIGRIS_AZURE_MONITOR_URL',
      monitor,
      isMonitor,
      [`https://{region}.${cloud.metricsSuffix}`],
    ],
    ['VERDIGRIS_LOG_ANALYTICS_URL', logs, (one: string) => cloud.logs.includes(one), cloud.logs],
  ] as const
  for (const [setting, address, isOfIt, right] of checks) {
    const origin = originOf(setting, address)
    if (origin === undefined || isLocal(origin) || isOfIt(origin)) continue
    throw misfit(setting, origin, cloud, right)
  }
}

function misfit(
  setting: string,
  origin: string,
  cloud: AzureCloud,
  right: readonly string[],
): AccessError {
  return refused(
    `${setting} is ${origin}, which is not of the cloud ${cloud.name}: there it is ${right.join(' or ')}. ` +
      `Name the cloud by VERDIGRIS_CLOUD or --cloud: ${NAMES}, or a JSON file that describes it (docs/clouds.md).`,
  )
}

function refused(message: string): AccessError {
  return new AccessError(message)
}
