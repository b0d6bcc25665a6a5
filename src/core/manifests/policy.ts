import type { FieldIssue } from '../kinds/kind.ts'
import { shown } from '../kinds/shown.ts'
import { suggest } from '../kinds/suggest.ts'
import type { Policy } from '../model/desired.ts'
import { instantOf } from '../model/instant.ts'

const PREFIX = 'verdigris.dev/'
const WORDS = ['drift', 'prune', 'suspend-until', 'adopt', 'wave'] as const

/** What the annotations of ours say; a misspelt one is an issue, because it is there for safety. Others are not ours. */
export function policyOf(annotations: { readonly [name: string]: string }): {
  readonly policy: Policy
  readonly issues: readonly FieldIssue[]
} {
  let policy: Policy = {}
  const issues: FieldIssue[] = []
  for (const [name, value] of Object.entries(annotations)) {
    if (!name.toLowerCase().startsWith(PREFIX)) continue
    const read = readOne(name, value)
    if (typeof read === 'object') policy = { ...policy, ...read }
    else issues.push(issueOf(name, value, read))
  }
  return { policy, issues }
}

/** The part of the policy, or what the value must be, or undefined when the name is not known. */
function readOne(name: string, value: string): Policy | string | undefined {
  switch (name) {
    case `${PREFIX}drift`:
      return value === 'correct' || value === 'report' || value === 'ignore'
        ? { drift: value }
        : 'must be correct, report or ignore'
    case `${PREFIX}prune`:
      return value === 'enabled' || value === 'disabled'
        ? { prune: value }
        : 'must be enabled or disabled'
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
  const hint = near === undefined ? `known: ${WORDS.join(', ')}` : `did you mean ${PREFIX}${near}?`
  return { path, reason: 'UnknownField', message: `unknown annotation ${shown(name)}: ${hint}` }
}
