import { shown } from '../kinds/fields/shown.ts'
import { suggest } from '../kinds/fields/suggest.ts'
import { KINDS } from '../kinds/index.ts'
import type { FieldIssue, Kind } from '../kinds/kind.ts'
import { onDeleteOf } from '../kinds/on-delete.ts'
import type { Policy } from '../model/desired.ts'
import type { KindName } from '../model/ref.ts'
import { instantOf } from '../model/values/instant.ts'

const PREFIX = 'verdigris.dev/'
const WORDS = ['drift', 'prune', 'on-delete', 'suspend-until', 'adopt', 'wave'] as const

/** What the annotations of ours say; a misspelt one is an issue, because it is there for safety. Others are not ours. */
export function policyOf(
  annotations: { readonly [name: string]: string },
  kind: KindName,
): {
  readonly policy: Policy
  readonly issues: readonly FieldIssue[]
} {
  let policy: Policy = {}
  const issues: FieldIssue[] = []
  for (const [name, value] of Object.entries(annotations)) {
    if (!name.toLowerCase().startsWith(PREFIX)) continue
    const read = readOne(name, value, KINDS[kind])
    if (typeof read === 'object') policy = { ...policy, ...read }
    else issues.push(issueOf(name, value, read))
  }
  if (policy.onDelete !== undefined && policy.prune === 'disabled') issues.push(NEVER_DONE)
  return { policy, issues }
}

const NEVER_DONE: FieldIssue = {
  path: ['annotations', `${PREFIX}on-delete`],
  reason: 'ConflictingFields',
  message: `${PREFIX}on-delete is never done beside ${PREFIX}prune: disabled, which keeps the thing ours: leave one of them out`,
}

/** The part of the policy, or what the value must be, or undefined when the name is not known. */
function readOne(name: string, value: string, kind: Kind): Policy | string | undefined {
  switch (name) {
    case `${PREFIX}drift`: {
      const drift = wordIn(['correct', 'report', 'ignore'], value)
      return drift === undefined ? 'must be correct, report or ignore' : { drift }
    }
    case `${PREFIX}prune`: {
      const prune = wordIn(['enabled', 'disabled'], value)
      return prune === undefined ? 'must be enabled or disabled' : { prune }
    }
    case `${PREFIX}on-delete`: {
      const onDelete = onDeleteOf(kind, value)
      return typeof onDelete === 'string' ? { onDelete } : onDelete.complaint
    }
    case `${PREFIX}adopt`:
      return value === 'true' || value === 'false'
        ? { adopt: value === 'true' }
        : 'must be "true" or "false"'
    case `${PREFIX}suspend-until`: {
      const suspendUntil = instantOf(value)
      return suspendUntil === undefined
        ? 'must be a date or an RFC 3339 time, such as 2027-01-31 or 2027-01-31T18:00:00Z'
        : { suspendUntil }
    }
    default:
      return undefined
  }
}

function wordIn<Word extends string>(words: readonly Word[], value: string): Word | undefined {
  return words.find((word) => word === value)
}

function issueOf(name: string, value: string, complaint: string | undefined): FieldIssue {
  const path = ['annotations', name]
  if (complaint !== undefined) {
    return {
      path,
      reason: 'InvalidAnnotation',
      message: `${name} ${complaint}, not ${shown(value)}`,
    }
  }
  if (name === `${PREFIX}wave`) {
    const message = `${name} is not supported yet: order follows from what depends on what`
    return { path, reason: 'FieldNotSupported', message }
  }
  const near = suggest(name.slice(PREFIX.length), WORDS)
  const known = WORDS.filter((word) => word !== 'wave').join(', ')
  const hint = near === undefined ? `known: ${known}` : `did you mean ${PREFIX}${near}?`
  return { path, reason: 'UnknownField', message: `unknown annotation ${shown(name)}: ${hint}` }
}
