import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename, isAbsolute, join, resolve } from 'node:path'

/** Everything that is set from outside, decoded once. Limits live with it, so that each is in one place. */
export interface Config {
  /** A cache (Git mirrors, the embedded sandbox's state): deleting it changes no decision. */
  readonly dataDir: string
  readonly color: boolean
  /** Absent: the controller logs at 'info', the other commands show progress instead. */
  readonly logLevel?: LogLevel
  /** As it was given; `azureAccess` finds the cloud that is meant, and says where it does not fit together. */
  readonly azure: {
    /** The name of a cloud, or the path of a JSON file that describes one. */
    readonly cloud?: string
    readonly endpoint?: string
    readonly authorityHost?: string
    readonly tenantId?: string
    readonly clientId?: string
    readonly clientSecret?: string
    /** The token that Kubernetes projects for workload identity. */
    readonly federatedTokenFile?: string
  }
  /** Who Applications may be in Azure, beside who we are: a manifest knows only names. */
  readonly identities: {
    /** By name: a client secret as JSON, read when it is needed, so that a rotated file is seen. */
    readonly secrets: Readonly<Record<string, NamedSecret>>
    /** Where this machine has managed identities; none = the metadata service of a virtual machine. */
    readonly managedAt: readonly string[]
  }
  /** For https repositories; read when it is needed, so that a rotated file is seen. */
  readonly gitToken?: () => string
  /** Files by which Git knows us and whom it trusts; absent: those of the account. Paths are absolute. */
  readonly gitFiles: {
    /** A private key for ssh, without a passphrase. */
    readonly sshKey?: string
    /** Keys of ssh hosts. */
    readonly knownHosts?: string
    /** PEM of the certificate authorities for https, instead of the system's. */
    readonly ca?: string
  }
  /** What who pulls levers by the API must know; read when it is needed. Absent: levers by loopback only. */
  readonly apiToken?: () => string
  /** Where rollouts get their numbers from. Hosts are named here and nowhere else: a manifest knows only the names. */
  readonly metrics: {
    readonly prometheus: MetricHosts
    readonly web: MetricHosts
    /**
     * Whether names of those hosts may resolve to private and loopback addresses, as those of a cluster do. Off, so that
     * nobody who rules a name can lead the controller into its own network.
     */
    readonly allowPrivate: boolean
    /** `https://{region}.metrics.monitor.azure.com`, or what the cloud has instead. */
    readonly azureMonitorUrl?: string
    /** Default: the cloud's. */
    readonly logAnalyticsUrl?: string
    /** The GUID of the Log Analytics workspace that endpoints write their traffic log to. */
    readonly logAnalyticsWorkspaceId?: string
  }
  readonly limits: {
    /** How soon to look again while Azure works. */
    readonly pollMs: number
    /** Reports and events kept in memory per Application. */
    readonly history: number
    readonly gitTimeoutMs: number
  }
  /** Whether repositories may be local folders, `file://` or plain http: for development. */
  readonly allowLocal: boolean
  readonly version: string
  /** The commit this was built from; 'unknown' outside an image. */
  readonly commit: string
}

/** By name: the address, and the token that only this host gets. */
type MetricHosts = Readonly<Record<string, { readonly url: string; readonly token?: () => string }>>

/** A secret of the configuration, and where it is. */
interface NamedSecret {
  /** The variable that has it, or names its file. */
  readonly variable: string
  /** Throws what reading a file throws. */
  readonly read: () => string
}

type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

type Environment = { readonly [name: string]: string | undefined }

/** The only reader of the environment; what is empty counts as not given. Throws Error with the variable's name when a value makes no sense. */
export function readConfig(environment: Environment, isTerminal: boolean): Config {
  const {
    VERDIGRIS_DATA_DIR = '',
    VERDIGRIS_LOG_LEVEL = '',
    VERDIGRIS_POLL_INTERVAL_MS = '',
    VERDIGRIS_COMMIT = '',
    NO_COLOR,
  } = environment
  const gitToken = secret('VERDIGRIS_GIT_TOKEN', environment)
  const apiToken = secret('VERDIGRIS_API_TOKEN', environment)
  return Object.freeze({
    dataDir: VERDIGRIS_DATA_DIR === '' ? ownDataDir(environment) : resolve(VERDIGRIS_DATA_DIR),
    color: isTerminal && (NO_COLOR === undefined || NO_COLOR === ''),
    ...logLevel(VERDIGRIS_LOG_LEVEL),
    azure: azure(environment),
    identities: { secrets: identitySecrets(environment), managedAt: managedAt(environment) },
    ...(gitToken === undefined ? {} : { gitToken }),
    gitFiles: gitFiles(environment),
    ...(apiToken === undefined ? {} : { apiToken }),
    metrics: metrics(environment),
    limits: {
      pollMs: milliseconds('VERDIGRIS_POLL_INTERVAL_MS', VERDIGRIS_POLL_INTERVAL_MS || '5000'),
      history: 100,
      gitTimeoutMs: 120_000,
    },
    allowLocal: yesOrNo('VERDIGRIS_ALLOW_LOCAL', environment),
    version: versionOf(),
    commit: VERDIGRIS_COMMIT || 'unknown',
  })
}

/**
 * Outside of any source: of the folder that the program is started in, below the user's own state (XDG Base Directory). Where
 * there is no home, in that folder.
 */
function ownDataDir({ XDG_STATE_HOME, HOME }: Environment): string {
  const states = [XDG_STATE_HOME, HOME === undefined ? undefined : join(HOME, '.local', 'state')]
  const state = states.find((path) => path !== undefined && isAbsolute(path))
  if (state === undefined) return resolve('.verdigris')
  const here = resolve('.')
  const mark = createHash('sha256').update(here).digest('hex').slice(0, 8)
  return join(state, 'verdigris', `${basename(here) || 'root'}-${mark}`)
}

/** Who we are has the same names as for the Azure SDKs, so that a set-up that works for them works here. */
function azure(environment: Environment): Config['azure'] {
  const names = {
    cloud: 'VERDIGRIS_CLOUD',
    endpoint: 'VERDIGRIS_ARM_ENDPOINT',
    authorityHost: 'AZURE_AUTHORITY_HOST',
    tenantId: 'AZURE_TENANT_ID',
    clientId: 'AZURE_CLIENT_ID',
    clientSecret: 'AZURE_CLIENT_SECRET',
    federatedTokenFile: 'AZURE_FEDERATED_TOKEN_FILE',
  }
  const given = Object.entries(names).map(([field, name]) => [field, environment[name]])
  return Object.fromEntries(given.filter(([, value]) => value !== undefined && value !== ''))
}

/** `VERDIGRIS_IDENTITY_PROD_EU`, or the file that `VERDIGRIS_IDENTITY_PROD_EU_FILE` names, is the secret `prod-eu`. */
function identitySecrets(environment: Environment): Config['identities']['secrets'] {
  const secrets = new Map<string, NamedSecret>()
  for (const variable of Object.keys(environment).sort()) {
    const [, word = ''] = /^VERDIGRIS_IDENTITY_([A-Z][A-Z0-9_]*?)(?:_FILE)?$/.exec(variable) ?? []
    const value = environment[variable] ?? ''
    if (word === '' || value === '') continue
    const name = word.toLowerCase().replaceAll('_', '-')
    const other = secrets.get(name)?.variable
    if (other !== undefined) throw new Error(`${other} and ${variable} are the same identity.`)
    const isFile = variable.endsWith('_FILE')
    secrets.set(name, { variable, read: () => (isFile ? readFileSync(value, 'utf8') : value) })
  }
  return Object.fromEntries(secrets)
}

/** The variables are those that @azure/identity looks at; the platform sets them. */
function managedAt(environment: Environment): readonly string[] {
  const names = ['IDENTITY_ENDPOINT', 'MSI_ENDPOINT', 'AZURE_POD_IDENTITY_AUTHORITY_HOST']
  return names.flatMap((name) => environment[name] || [])
}

/** Git runs in a folder of its own, so that paths are made absolute here. */
function gitFiles(environment: Environment): Config['gitFiles'] {
  const names = {
    sshKey: 'VERDIGRIS_GIT_SSH_KEY_FILE',
    knownHosts: 'VERDIGRIS_GIT_KNOWN_HOSTS_FILE',
    ca: 'VERDIGRIS_GIT_CA_FILE',
  }
  const given = Object.entries(names).map(([field, name]) => [field, environment[name] ?? ''])
  return Object.fromEntries(
    given.filter(([, path]) => path !== '').map(([field, path = '']) => [field, resolve(path)]),
  )
}

/** Reads a secret from its variable, or anew each time from the file that `<variable>_FILE` names. Empty is not given. */
function secret(variable: string, environment: Environment): (() => string) | undefined {
  const { [variable]: value = '', [`${variable}_FILE`]: file = '' } = environment
  if (file !== '') return () => readFileSync(file, 'utf8').trim()
  return value === '' ? undefined : () => value.trim()
}

function metrics(environment: Environment): Config['metrics'] {
  const given = {
    azureMonitorUrl: environment.VERDIGRIS_AZURE_MONITOR_URL,
    logAnalyticsUrl: environment.VERDIGRIS_LOG_ANALYTICS_URL,
    logAnalyticsWorkspaceId: environment.VERDIGRIS_LOG_ANALYTICS_WORKSPACE_ID,
  }
  const set = Object.entries(given).filter(([, value]) => value !== undefined && value !== '')
  return {
    prometheus: hosts(environment, 'VERDIGRIS_PROMETHEUS_URL', 'VERDIGRIS_PROMETHEUS_TOKEN_FILE'),
    web: hosts(environment, 'VERDIGRIS_WEB_HOSTS', 'VERDIGRIS_WEB_TOKEN_FILES'),
    allowPrivate: yesOrNo('VERDIGRIS_ALLOW_PRIVATE_METRICS', environment),
    ...Object.fromEntries(set),
  }
}

/** Hosts and the files of their tokens: each `name=value,name=value`, or one value alone, whose name is `default`. */
function hosts(environment: Environment, urls: string, files: string): MetricHosts {
  const addresses = named(urls, environment[urls])
  const tokenFiles = named(files, environment[files])
  for (const name of tokenFiles.keys())
    if (!addresses.has(name)) throw new Error(`${files} names '${name}', which ${urls} does not.`)
  const entries = [...addresses].map(([name, url]) => {
    const file = tokenFiles.get(name)
    const token = file === undefined ? {} : { token: () => readFileSync(file, 'utf8').trim() }
    return [name, { url: hostAddress(urls, name, url), ...token }]
  })
  return Object.fromEntries(entries)
}

function named(variable: string, text = ''): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const entry of text.split(',').map((one) => one.trim())) {
    if (entry === '') continue
    const [, name = 'default', value = ''] =
      /^(?:([a-z0-9][a-z0-9-]{0,62})=)?(.+)$/.exec(entry) ?? []
    if (values.has(name)) throw new Error(`${variable} has two values for '${name}'.`)
    values.set(name, value)
  }
  return values
}

/** Never repeats the address: somebody may have put a password into it. */
function hostAddress(variable: string, name: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlain =
    url !== undefined && `${url.username}${url.password}${url.search}${url.hash}` === ''
  if (isPlain && /^https?:$/.test(url.protocol)) return text
  throw new Error(
    `${variable} has for '${name}' no http or https address without user name, query and fragment.`,
  )
}

function logLevel(text: string): Pick<Config, 'logLevel'> {
  if (text === '') return {}
  const levels = ['debug', 'info', 'warn', 'error', 'silent'] as const
  const level = levels.find((known) => known === text)
  if (level === undefined)
    throw new Error(`VERDIGRIS_LOG_LEVEL is '${text}'; it may be ${levels.join(', ')}.`)
  return { logLevel: level }
}

/** Another word would be taken for 'false' in silence. Empty is not given. */
function yesOrNo(name: string, { [name]: text = '' }: Environment): boolean {
  if (!['', 'true', 'false'].includes(text))
    throw new Error(`${name} is '${text}'; it may be true or false.`)
  return text === 'true'
}

function milliseconds(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 50 || value > 600_000)
    throw new Error(`${name} is '${text}'; it is a whole number of milliseconds, 50 to 600000.`)
  return value
}

function versionOf(): string {
  const text = readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
