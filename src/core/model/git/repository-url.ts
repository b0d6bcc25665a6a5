/** How a repository is reached. `http` exists for loopback only, `folder` is a plain folder with or without Git. */
export type RepositoryScheme = 'https' | 'ssh' | 'http' | 'file' | 'folder'

export interface RepositoryRules {
  /** Development: admits file URLs, local folders and `http://` on loopback. Never for a controller that serves others. */
  readonly allowLocal: boolean
}

const MAX_LENGTH = 2048
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?'
const HOST = `(?:${LABEL}(?:\\.${LABEL}){0,20}|\\[[0-9A-Fa-f:.]{2,45}\\])`
const USER = '[A-Za-z0-9_][A-Za-z0-9._-]{0,63}'
const WEB = new RegExp(`^(https?)://(${HOST})(?::([0-9]{1,5}))?/([^/].*)$`)
const SSH = new RegExp(`^ssh://(?:${USER}@)?(${HOST})(?::([0-9]{1,5}))?/(.+)$`)
const SCP = new RegExp(`^${USER}@(${HOST}):((?!-|//).+)$`)
const FILE = /^file:\/\/(\/.+)$/
const FOLDER = /^(?:\/|\.{0,2}\/|\.{1,2}$|[A-Za-z0-9_])[^:]*$/
const LOOPBACK = /^(?:localhost|127\.[0-9.]+|\[::1\])$/i

/** Takes a repository as a person wrote it, gives how it is reached, or undefined when it is none of the forms we know. */
export function schemeOf(repository: string): RepositoryScheme | undefined {
  const web = WEB.exec(repository)
  if (web) return web[1] === 'https' ? 'https' : 'http'
  if (SSH.test(repository) || SCP.test(repository)) return 'ssh'
  if (FILE.test(repository)) return 'file'
  return FOLDER.test(repository) ? 'folder' : undefined
}

/** The host as written, in lower case; undefined for local forms. */
export function hostOf(repository: string): string | undefined {
  const web = WEB.exec(repository)?.[2]
  return (web ?? SSH.exec(repository)?.[1] ?? SCP.exec(repository)?.[1])?.toLowerCase()
}

/**
 * Takes a repository as a person wrote it; gives why it may not be used, or undefined when it may. The reason never
 * repeats the input, because the input may hold a password. An allow-list: what is not known is refused.
 */
export function checkRepository(repository: string, rules: RepositoryRules): string | undefined {
  return checkText(repository) ?? checkForm(repository) ?? checkScheme(repository, rules)
}

function checkText(text: string): string | undefined {
  if (text === '') return 'repository is empty'
  if (text.length > MAX_LENGTH) return `repository is longer than ${MAX_LENGTH} characters`
  if (!/^[\x20-\x7e]*$/.test(text)) return 'repository may hold printable ASCII characters only'
  if (/[\s\\"'`<>|;$?#]/.test(text)) {
    return 'repository may not hold spaces, quotes, backslashes or any of < > | ; $ ? #'
  }
  if (/%(?![2-7][0-9a-f])|%(?:7f|2e|2f|5c)/i.test(text)) {
    return 'repository may not hold percent-encoded control characters, dots, slashes or non-ASCII bytes'
  }
  return undefined
}

function checkForm(text: string): string | undefined {
  if (text.startsWith('-')) return 'repository may not begin with "-"'
  if (text.replace(/\[[^\]]*\]/, '').includes('::'))
    return 'transport helpers ("name::address") are not allowed'
  if (/^[a-z+]+:\/\/[^/]*@/i.test(text) && !/^ssh:\/\/[^/:]*@/.test(text)) {
    return 'credentials may not be part of the URL: remove everything before "@" and name a secret instead'
  }
  if (/^[a-z+]+:\/\/(?:\/|:|$)/.test(text) && !text.startsWith('file://')) {
    return 'the URL has no host'
  }
  return undefined
}

function checkScheme(text: string, rules: RepositoryRules): string | undefined {
  const scheme = schemeOf(text)
  if (scheme === undefined) {
    return 'repository must be an https:// or ssh:// URL, or user@host:path'
  }
  if (scheme === 'https' || scheme === 'ssh') return checkRemote(text)
  if (!rules.allowLocal) {
    const hint = scheme === 'http' ? 'use https://' : 'VERDIGRIS_ALLOW_LOCAL=true allows local ones'
    return `only https and ssh repositories are allowed here: ${hint}`
  }
  if (scheme === 'http' && !LOOPBACK.test(hostOf(text) ?? '')) {
    return 'http:// is allowed on loopback only: use https://'
  }
  return scheme === 'http' ? checkRemote(text) : undefined
}

function checkRemote(text: string): string | undefined {
  const host = hostOf(text) ?? ''
  // An internationalised name can look like another one; its ASCII form hides that it is one.
  if (/(?:^|\.)xn--/.test(host)) return 'internationalised host names are not allowed'
  const port = Number((WEB.exec(text) ?? SSH.exec(text))?.slice(-2)[0] ?? 443)
  if (port < 1 || port > 65535) return 'the port must be between 1 and 65535'
  const path = text.slice(text.toLowerCase().indexOf(host) + host.length)
  if (/(?:^|[/:])\.{1,2}(?:\/|$)/.test(path)) return 'the path may not hold "." or ".." parts'
  return undefined
}

/** Whether a source is a path on this machine: neither a URL nor the `user@host:path` form of ssh. */
export function isFolder(repository: string): boolean {
  return !repository.includes('://') && !/^[^/]*@[^/]*:/.test(repository)
}
