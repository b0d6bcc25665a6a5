import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** Everything that is set from outside, decoded once. Limits live with it, so that each is in one place. */
export interface Config {
  /** A cache (Git mirrors, the embedded sandbox's state): deleting it changes no decision. */
  readonly dataDir: string
  readonly color: boolean
  /** Absent: the controller logs at 'info', the other commands show progress instead. */
  readonly logLevel?: LogLevel
  /** Where ARM is, and who gives tokens for it. */
  readonly azure: {
    readonly endpoint: string
    readonly authorityHost?: string
    readonly tenantId?: string
    readonly clientId?: string
    readonly clientSecret?: string
    /** The token that Kubernetes projects for workload identity. */
    readonly federatedTokenFile?: string
  }
  /** For https repositories; read when it is needed, so that a rotated file is seen. */
  readonly gitToken?: () => string
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

type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

type Environment = { readonly [name: string]: string | undefined }

const AZURE = 'https://management.azure.com'

/** The only reader of the environment. Throws Error with the variable's name when a value makes no sense. */
export function readConfig(environment: Environment, isTerminal: boolean): Config {
  const {
    VERDIGRIS_DATA_DIR,
    VERDIGRIS_LOG_LEVEL,
    VERDIGRIS_POLL_INTERVAL_MS,
    VERDIGRIS_ARM_ENDPOINT,
    VERDIGRIS_ALLOW_LOCAL,
    VERDIGRIS_COMMIT,
    NO_COLOR,
  } = environment
  return Object.freeze({
    dataDir: resolve(VERDIGRIS_DATA_DIR ?? '.verdigris'),
    color: isTerminal && (NO_COLOR === undefined || NO_COLOR === ''),
    ...logLevel(VERDIGRIS_LOG_LEVEL),
    azure: {
      endpoint: VERDIGRIS_ARM_ENDPOINT ?? AZURE,
      ...credentials(environment),
    },
    ...gitToken(environment),
    limits: {
      pollMs: milliseconds('VERDIGRIS_POLL_INTERVAL_MS', VERDIGRIS_POLL_INTERVAL_MS ?? '5000'),
      history: 100,
      gitTimeoutMs: 120_000,
    },
    allowLocal: VERDIGRIS_ALLOW_LOCAL === 'true',
    version: versionOf(),
    commit: VERDIGRIS_COMMIT ?? 'unknown',
  })
}

/** The same names as the Azure SDKs read, so that a set-up that works for them works here. */
function credentials(environment: Environment): Omit<Config['azure'], 'endpoint'> {
  const names = {
    authorityHost: 'AZURE_AUTHORITY_HOST',
    tenantId: 'AZURE_TENANT_ID',
    clientId: 'AZURE_CLIENT_ID',
    clientSecret: 'AZURE_CLIENT_SECRET',
    federatedTokenFile: 'AZURE_FEDERATED_TOKEN_FILE',
  }
  const given = Object.entries(names).map(([field, name]) => [field, environment[name]])
  return Object.fromEntries(given.filter(([, value]) => value !== undefined && value !== ''))
}

function gitToken({
  VERDIGRIS_GIT_TOKEN,
  VERDIGRIS_GIT_TOKEN_FILE,
}: Environment): Pick<Config, 'gitToken'> {
  if (VERDIGRIS_GIT_TOKEN_FILE !== undefined)
    return { gitToken: () => readFileSync(VERDIGRIS_GIT_TOKEN_FILE, 'utf8').trim() }
  return VERDIGRIS_GIT_TOKEN === undefined ? {} : { gitToken: () => VERDIGRIS_GIT_TOKEN }
}

function logLevel(text: string | undefined): Pick<Config, 'logLevel'> {
  if (text === undefined) return {}
  const levels = ['debug', 'info', 'warn', 'error', 'silent'] as const
  const level = levels.find((known) => known === text)
  if (level === undefined)
    throw new Error(`VERDIGRIS_LOG_LEVEL is '${text}'; it may be ${levels.join(', ')}.`)
  return { logLevel: level }
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
