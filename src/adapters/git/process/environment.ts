import type { RepositoryScheme } from '../../../core/model/git/repository-url.ts'
import { programsIn } from './programs.ts'

export type Environment = { readonly [name: string]: string }

/** How the server is told who we are; never a part of the URL or of a command line. */
export interface Credentials {
  /** Asked before each conversation, so that a short-lived token may change. */
  readonly token?: () => string | Promise<string>
  /** Files for ssh. Without them the agent and the account's own known_hosts are used. */
  readonly ssh?: { readonly identityFile?: string; readonly knownHostsFile?: string }
  /** PEM file of the certificate authorities to trust for https. */
  readonly caFile?: string
}

export interface RemoteSettings {
  readonly url: string
  readonly scheme: RepositoryScheme
  readonly gitDir: string
  readonly stallMs: number
  readonly token: string | undefined
  readonly credentials: Credentials
}

// Where programs and proxies are, and nothing else: a variable that could change what git does is not inherited.
const INHERITED = ['PATH', 'TMPDIR', 'SSH_AUTH_SOCK', 'SSL_CERT_FILE', 'SSL_CERT_DIR']
const PROXIES = ['HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy', 'ALL_PROXY', 'all_proxy']

// History of real repositories has these flaws of old tools; they harm nobody who does not check out.
const HARMLESS_FLAWS = ['zeroPaddedFilemode', 'badTimezone', 'missingSpaceBeforeDate']

/** For commands that only read the cache: no protocol is allowed, so nothing can be fetched behind our back. */
export function localEnvironment(gitDir: string): Environment {
  return { ...inherited(INHERITED), ...fixed(gitDir), GIT_ALLOW_PROTOCOL: '' }
}

/** For commands that speak with the server: its one protocol, and our settings above those of any file. */
export function remoteEnvironment(settings: RemoteSettings): Environment {
  const pairs = [...safeSettings(settings), ...webSettings(settings)]
  return {
    ...inherited([...INHERITED, ...PROXIES]),
    ...fixed(settings.gitDir),
    GIT_EXEC_PATH: programsIn(settings.gitDir),
    GIT_ALLOW_PROTOCOL: settings.scheme === 'folder' ? 'file' : settings.scheme,
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: 'false',
    SSH_ASKPASS: 'false',
    SSH_ASKPASS_REQUIRE: 'never',
    GIT_SSH_COMMAND: sshCommand(settings),
    GIT_SSH_VARIANT: 'ssh',
    ...Object.fromEntries(
      pairs.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
    GIT_CONFIG_COUNT: String(pairs.length),
  }
}

function inherited(names: readonly string[]): Environment {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

function fixed(gitDir: string): Environment {
  return {
    LC_ALL: 'C',
    // No ~/.netrc, ~/.config/git or other habits of the account.
    HOME: gitDir,
    XDG_CONFIG_HOME: gitDir,
    GIT_DIR: gitDir,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_OPTIONAL_LOCKS: '0',
  }
}

function safeSettings({ url }: RemoteSettings): [string, string][] {
  return [
    ['remote.origin.url', url],
    ['remote.origin.promisor', 'true'],
    ['remote.origin.partialclonefilter', 'blob:none'],
    ['protocol.version', '2'],
    ['protocol.ext.allow', 'never'],
    ['core.hooksPath', '/dev/null'],
    ['core.fsmonitor', 'false'],
    ['core.askPass', 'false'],
    // Large blobs are streamed to disk instead of being held in memory.
    ['core.bigFileThreshold', '8m'],
    ['core.packedGitWindowSize', '32m'],
    ['core.packedGitLimit', '256m'],
    ['pack.threads', '1'],
    ['credential.helper', ''],
    ['fetch.recurseSubmodules', 'false'],
    ['fetch.unpackLimit', '1'],
    ['fetch.writeCommitGraph', 'false'],
    ['gc.auto', '0'],
    ['maintenance.auto', 'false'],
    // A server could otherwise name another host to download from.
    ['transfer.bundleURI', 'false'],
    ['fetch.uriProtocols', ''],
    ['transfer.fsckObjects', 'true'],
    ...HARMLESS_FLAWS.map((flaw): [string, string] => [`fetch.fsck.${flaw}`, 'ignore']),
  ]
}

function webSettings({
  url,
  scheme,
  stallMs,
  token,
  credentials,
}: RemoteSettings): [string, string][] {
  if (scheme !== 'https' && scheme !== 'http') return []
  const { origin, hostname } = new URL(url)
  const pairs: [string, string][] = [
    ['http.followRedirects', 'false'],
    ['http.sslVerify', 'true'],
    ['http.emptyAuth', 'false'],
    ['http.lowSpeedLimit', '1000'],
    ['http.lowSpeedTime', String(Math.max(1, Math.ceil(stallMs / 1000)))],
  ]
  if (LOOPBACK.test(hostname)) pairs.push(['http.proxy', ''])
  if (credentials.caFile !== undefined) pairs.push(['http.sslCAInfo', credentials.caFile])
  // Bound to the origin: curl is never given the header for another host.
  if (token !== undefined) pairs.push([`http.${origin}/.extraHeader`, authorization(token)])
  return pairs
}

/** What is on this machine is asked past the proxy. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/**
 * Entra ID tokens are JWTs and go as Bearer (Azure DevOps); every forge takes other tokens as a Basic password. Some mind
 * the user name (deploy tokens of GitLab, Bitbucket): there it stands in front, `user:token`. No forge has a colon in a token.
 */
function authorization(token: string): string {
  if (/^eyJ[\w-]+\.[\w-]+\.[\w-]*$/.test(token)) return `Authorization: Bearer ${token}`
  return `Authorization: Basic ${basicOf(token)}`
}

export function basicOf(token: string): string {
  return Buffer.from(token.includes(':') ? token : `x-access-token:${token}`).toString('base64')
}

/** What nobody may see of a token: it whole, and without a user name in front. */
export function secretsIn(token: string | undefined): readonly string[] {
  return token === undefined ? [] : [token, token.slice(token.indexOf(':') + 1)]
}

function sshCommand({ credentials, stallMs }: RemoteSettings): string {
  const { identityFile, knownHostsFile } = credentials.ssh ?? {}
  const seconds = Math.max(1, Math.ceil(stallMs / 1000))
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    'ForwardAgent=no',
    'ClearAllForwardings=yes',
    'PermitLocalCommand=no',
    `ConnectTimeout=${seconds}`,
    `ServerAliveInterval=${seconds}`,
    'ServerAliveCountMax=1',
    ...(identityFile === undefined
      ? []
      : ['IdentitiesOnly=yes', `IdentityFile=${sshPath(identityFile)}`]),
    ...(knownHostsFile === undefined ? [] : [`UserKnownHostsFile=${sshPath(knownHostsFile)}`]),
  ]
  return ['ssh', ...options.flatMap((option) => ['-o', quoted(option)])].join(' ')
}

/** One path for ssh's own reader of options, which splits at spaces and expands `%`. */
function sshPath(path: string): string {
  return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')}"`
}

/** One word for the shell that git starts ssh with. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
