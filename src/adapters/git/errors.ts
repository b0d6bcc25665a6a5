import { SourceError } from '../../reconcile/ports.ts'
import type { GitEnd, Stop } from './process/process.ts'
import { saidBy } from './process/redaction.ts'

/**
 * The local copy cannot be trusted: it is thrown away and fetched again, which is always possible. Its cause is what to
 * say when that does not help.
 */
export class CacheError extends Error {
  override readonly name = 'CacheError'
}

type Rule = readonly [pattern: RegExp, reason: string, advice: string]

// In this order: the first that matches git's words (always in English, LC_ALL=C) decides.
const RULES: readonly Rule[] = [
  [
    /no space left on device|disk quota exceeded|read-only file system/i,
    'LimitExceeded',
    'the data directory cannot be written: make room on its disk',
  ],
  [
    /file too large|file size limit/i,
    'LimitExceeded',
    'the repository sends more than the size limit: keep large files out of it, or raise the limit',
  ],
  [
    /out of memory|mmap failed|cannot allocate|failed to map segment/i,
    'LimitExceeded',
    'the repository needs more memory than the limit: keep large files out of it',
  ],
  [
    /couldn't find remote ref|not our ref|no such ref|unadvertised object/i,
    'RevisionNotFound',
    'the repository has no such branch, tag or commit: correct the revision, or push it again',
  ],
  [
    /requested url returned error: 3\d\d|redirect/i,
    'Refused',
    'the server redirects elsewhere, which is not followed: use the new address',
  ],
  [
    /host key verification failed|remote host identification has changed/i,
    'Refused',
    'the host key of the server is not known: add it to the known_hosts file',
  ],
  [
    /certificate|cafile|verification failed/i,
    'Refused',
    'the TLS connection is not trusted: check the address and the certificate authority',
  ],
  [
    /not allowed|dubious ownership|unsafe repository/i,
    'Refused',
    'git refuses this repository: check the address, and who owns the folder',
  ],
  [
    /fsck|object corrupt|bad object|index-pack (?:failed|died)|invalid index-pack|inflate|bad band|protocol error|bad line length|sideband/i,
    'Refused',
    'the server sends malformed objects: check the repository with git fsck',
  ],
  [
    /authentication failed|could not read (?:username|password)|error: 40[13]|permission denied|terminal prompts disabled/i,
    'Unauthorized',
    'the server does not accept the credentials: check the token or key, and that it may read the repository',
  ],
  [
    /operation too slow|timed out|timeout was reached/i,
    'TimedOut',
    'the server is too slow or silent: try again, and check the network',
  ],
  [
    /repository .*not found|error: 404|does not appear to be a git repository|no such file/i,
    'Unreachable',
    'there is no such repository, or the credentials may not see it: check the address and the token',
  ],
]

const LOCAL_FAULT =
  /cannot lock ref|reference broken|bad object|did not send all necessary|loose object|packfile|index file|shallow|bad (?:tree|config)|invalid object/i

/** Of a file of the copy, whose place stands as `.`; a server could say the same, and gains nothing by it. */
const OWN_FILE =
  /^(?:fatal|error): [^\n]*'?\.\/[^\n]*: (?:is a directory|not a directory|file exists|permission denied|input\/output error)/im

/** Whether a failed conversation may be the fault of our own copy, so that a new one may succeed. */
export function isLocalFault({ reason }: SourceError, end: GitEnd): boolean {
  // A pack that is shorter than its index says kills git, which maps it.
  if (end.code === null && end.stopped === undefined) return true
  if (OWN_FILE.test(end.stderr)) return true
  return (reason === 'Unreachable' || reason === 'Refused') && LOCAL_FAULT.test(end.stderr)
}

const STOPS: { readonly [stop in Stop]: readonly [reason: string, advice: string] } = {
  TimedOut: ['TimedOut', 'the server did not finish in time: try again, or raise the limit'],
  Aborted: ['TimedOut', 'stopped before the answer was complete'],
  TooManyObjects: [
    'LimitExceeded',
    'the repository has more objects than the limit: use a smaller repository, or raise the limit',
  ],
  TooMuchOutput: ['LimitExceeded', 'the server answers with more than the limit'],
}

const KILLED =
  'the system killed git, as a rule for want of memory: give it more, and keep large files out of the repository'

/** What a failed conversation with the server means, in words that hold neither a secret nor a control character. */
export function sourceErrorOf(end: GitEnd, where: string, secrets: readonly string[]): SourceError {
  if (end.stopped !== undefined) {
    const [reason, advice] = STOPS[end.stopped]
    return new SourceError(reason, `${where}: ${advice}`)
  }
  if (end.code === null) return new SourceError('LimitExceeded', `${where}: ${KILLED}`)
  const said = saidBy(end.stderr, secrets)
  // What git quotes are names, chosen by others.
  const words = end.stderr.replaceAll(/ '[^'\n]*'/g, ' it')
  const [, reason, advice] = RULES.find(([pattern]) => pattern.test(words)) ?? [
    undefined,
    'Unreachable',
    'the server cannot be reached: check the address and the network',
  ]
  return new SourceError(reason, `${where}: ${advice}${said === '' ? '' : ` (git says: ${said})`}`)
}

/** There is more below a path than `limit` files. */
export function tooManyEntries(limit: number): SourceError {
  return new SourceError(
    'LimitExceeded',
    `there are more than ${limit} files: name a folder with less in it as the path`,
  )
}

/** A few files by far too deep cost as much as many. */
export function tooLongPaths(limit: number): SourceError {
  return new SourceError(
    'LimitExceeded',
    `the paths of the files have more than ${limit} bytes together: name a folder with less in it as the path`,
  )
}

/** Its message is as long as a file; whoever wants to read it reads it whole. */
export function tooLargeCommit(limit: number): SourceError {
  return new SourceError(
    'LimitExceeded',
    `the commit has more than ${limit} bytes: give it a shorter message`,
  )
}
