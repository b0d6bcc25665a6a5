import { z } from 'zod'
import { field, text, texts, wholeNumber, wrong } from '../../kinds/fields/fields.ts'
import { spanMs } from '../../kinds/fields/time-span.ts'
import { flag, oneOf } from '../../kinds/fields/word-fields.ts'
import { KINDS } from '../../kinds/index.ts'
import type { Kind } from '../../kinds/kind.ts'
import { ON_DELETE, type OnDelete, onDeleteOf } from '../../kinds/on-delete.ts'
import { checkPath } from '../../model/git/git-path.ts'
import { checkRevision } from '../../model/git/git-ref.ts'
import { checkRepository, type RepositoryRules } from '../../model/git/repository-url.ts'
import { KIND_NAMES } from '../../model/ref.ts'
import { instantOf } from '../../model/values/instant.ts'
import { API_VERSION } from '../envelope.ts'
import { ignoredBy } from '../ignore-file.ts'
import { guid, identity } from './identity-spec.ts'

const MIN_INTERVAL_MS = 5000
const MAX_INTERVAL_MS = 24 * 3_600_000

const interval = field<number>({ type: 'string', examples: ['60s', '5m', '1h30m'] }, (value) => {
  const ms = typeof value === 'string' ? spanMs(value) : undefined
  return ms !== undefined && ms >= MIN_INTERVAL_MS && ms <= MAX_INTERVAL_MS
    ? ms
    : wrong('must be a time span such as 60s, 5m or 1h30m, from 5s to 24h', 'InvalidDuration')
})

const until = field<number>({ type: 'string', format: 'date' }, (value) => {
  const ms = typeof value === 'string' ? instantOf(value) : undefined
  return ms ?? wrong('must be a date or an RFC 3339 time, such as 2027-01-31')
})

const later = (what: string) =>
  field<never>({ not: {} }, () =>
    wrong(`is not supported yet: ${what}`, 'FieldNotSupported'),
  ).optional()

/** Why this cannot be the name of an Application; undefined when it can. */
export function checkApplicationName(value: string): string | undefined {
  if (value.length > NAME_MAX) return `must be at most ${NAME_MAX} characters long`
  return /^[a-z0-9][-a-z0-9]*$/.test(value) && !value.endsWith('-')
    ? undefined
    : 'must hold lower-case letters, digits and "-" only, and begin and end with a letter or digit'
}

const NAME_MAX = 63
const name = text(NAME_MAX, checkApplicationName)

const ignoreRule = z
  .strictObject({
    kind: oneOf(KIND_NAMES).describe('Kind the rule is for, for example `OnlineDeployment`.'),
    path: text(512, (pointer) =>
      /^(?:\/(?:[^~/]|~[01])+)+$/.test(pointer)
        ? undefined
        : 'must be a JSON Pointer into the ARM body, such as /properties/instanceType',
    ).describe('JSON Pointer into the ARM body.'),
    reason: text(512).describe('Why; it is shown with the resource.'),
    until: until.optional().describe('Day on which the rule ends.'),
  })
  .superRefine(({ kind, path }, context) => {
    // A part of what is compared as one value would never be met by a rule.
    const whole = KINDS[kind].wholes?.find((pointer) => path.startsWith(`${pointer}/`))
    if (whole === undefined) return
    const message = `lies inside ${whole}, which is compared as one value; name ${whole}`
    context.addIssue({
      code: 'custom',
      message,
      path: ['path'],
      params: { reason: 'InvalidValue' },
    })
  })

/** Deletions of a commit that go without a word. */
export const MAX_DELETIONS = 3

/** `confirm` that no number of deletions can reach. */
function neverAsked(
  { enabled, confirm, maxDeletions = MAX_DELETIONS }: PruneFields,
  context: z.RefinementCtx,
): void {
  if (confirm === undefined || (enabled !== false && confirm < maxDeletions)) return
  const why = enabled === false ? 'enabled is false' : `maxDeletions is ${maxDeletions}`
  const message = `is never reached, because ${why}: leave it out, or change that`
  context.addIssue({
    code: 'custom',
    message,
    path: ['confirm'],
    params: { reason: 'InvalidValue' },
  })
}

interface PruneFields {
  readonly enabled?: boolean | undefined
  readonly confirm?: number | undefined
  readonly maxDeletions?: number | undefined
}

const fate = (kind: Kind) =>
  field<OnDelete>(
    { type: 'string', enum: ON_DELETE.filter((word) => onDeleteOf(kind, word) === word) },
    (value) => {
      const said = onDeleteOf(kind, value)
      return typeof said === 'string' ? said : wrong(said.complaint)
    },
  )
    .optional()
    .describe(`Of kind \`${kind.kind}\`.`)

const onDelete = z.strictObject({
  OnlineEndpoint: fate(KINDS.OnlineEndpoint),
  OnlineDeployment: fate(KINDS.OnlineDeployment),
  BatchEndpoint: fate(KINDS.BatchEndpoint),
  BatchDeployment: fate(KINDS.BatchDeployment),
  Model: fate(KINDS.Model),
  Environment: fate(KINDS.Environment),
  Data: fate(KINDS.Data),
})

const DRIFT = ['correct', 'report', 'ignore'] as const

const driftOf = (kind: Kind) => oneOf(DRIFT).optional().describe(`Of kind \`${kind.kind}\`.`)

const driftByKind = z.strictObject({
  OnlineEndpoint: driftOf(KINDS.OnlineEndpoint),
  OnlineDeployment: driftOf(KINDS.OnlineDeployment),
  BatchEndpoint: driftOf(KINDS.BatchEndpoint),
  BatchDeployment: driftOf(KINDS.BatchDeployment),
  Model: driftOf(KINDS.Model),
  Environment: driftOf(KINDS.Environment),
  Data: driftOf(KINDS.Data),
})

const sync = z.strictObject({
  mode: oneOf(['apply', 'observe'])
    .optional()
    .describe(
      '`observe` only looks: everything is read, planned and told, and nothing at all is written to Azure, also no traffic that an abort takes back. Default `apply`.',
    ),
  interval: interval.optional().describe('Time between looks at the repository. Default `60s`.'),
  drift: oneOf(DRIFT)
    .optional()
    .describe(
      'What is done about changes made by others. Default `correct`. Whatever it says, an endpoint whose deployments are up is never left without traffic, and a rollout keeps its weights. It holds no commit: what Git adds, changes or removes is made, changed or deleted, traffic included.',
    ),
  driftByKind: driftByKind
    .optional()
    .describe(
      'The same by kind, where that is another one; the annotation of a resource goes before it.',
    ),
  prune: z
    .strictObject({
      enabled: flag().optional().describe('Whether what left Git is deleted. Default `true`.'),
      maxDeletions: wholeNumber(0, 1000)
        .optional()
        .describe(`Most deletions at once. Default ${MAX_DELETIONS}.`),
      confirm: wholeNumber(0, 1000)
        .optional()
        .describe(
          'More deletions of a commit than this wait for `verdigris approve`; none does by default.',
        ),
      onDelete: onDelete
        .optional()
        .describe(
          'What is done with what left Git, by kind: `delete` (default), `archive` (of assets; their default), or `detach`: our tags are taken off and it stays as it is.',
        ),
    })
    .superRefine(neverAsked)
    .optional()
    .describe('Deletion.'),
  suspend: flag()
    .optional()
    .describe(
      '`true` writes nothing but this: users are taken off a candidate that fails its checks, passes its deadline, or that nobody can judge; and trial jobs of an aborted revision are cancelled. To write nothing at all: `mode: observe`. Default `false`.',
    ),
  maxRollouts: wholeNumber(1, 100).optional().describe('Most rollouts at once. Default 10.'),
  rewrittenHistory: oneOf(['halt', 'follow'])
    .optional()
    .describe('What is done when the applied commit left the branch. Default `halt`.'),
  ignoreDifferences: z
    .array(ignoreRule)
    .max(100)
    .optional()
    .describe('Differences to leave alone.'),
  windows: later('sync windows'),
})

const azureWorkspace = z.strictObject({
  subscriptionId: guid().describe('Subscription.'),
  resourceGroup: text(90, (group) =>
    /^[-\w().]+$/u.test(group) && !group.endsWith('.')
      ? undefined
      : 'must be the name of a resource group',
  ).describe('Resource group.'),
  name: text(33, (workspace) =>
    /^[a-zA-Z0-9][-_a-zA-Z0-9]{1,32}$/.test(workspace)
      ? undefined
      : 'must be the name of a workspace',
  ).describe('Workspace.'),
  identity: identity
    .optional()
    .describe('Who the controller is there. Default who it is by its environment.'),
})

const binding = {
  workspace: azureWorkspace.optional().describe('The workspace it is bound to.'),
  sandbox: z.strictObject({}).optional().describe('`{}`: the sandbox, instead of a workspace.'),
  sync: sync.optional().describe('How it is kept in step.'),
  variables: texts({ entries: 200, key: 128, value: 4096 })
    .optional()
    .describe('What a variable in manifests stands for, by its name.'),
  dependsOn: later('order between Applications'),
}

/** Takes what repositories may be; gives the schema of an Application document. */
export function applicationSchema(rules: RepositoryRules) {
  const complaintAt = (url: string): string | undefined => {
    const complaint = checkRepository(url, rules)
    return complaint === undefined ? undefined : `is not allowed: ${complaint}`
  }
  const repository = text(2048, complaintAt, 'InvalidRepository')
  const revision = text(250, checkRevision, 'InvalidRevision')
  const source = z.strictObject({
    repository: repository.describe(
      '`https://…`, `ssh://…` or `user@host:path`, without credentials; where VERDIGRIS_ALLOW_LOCAL is `true`, a folder, too.',
    ),
    revision: revision.optional().describe('Branch, tag or commit. Default `main`.'),
    path: field<string>({ type: 'string' }, folderOf)
      .optional()
      .describe('Folder. Default the root.'),
    exclude: z
      .array(text(1024))
      .max(100)
      .refine((patterns) => typeof ignoredBy(patterns.join('\n')) !== 'string', {
        message: 'has a pattern that is too long or has too many wildcards',
      })
      .optional()
      .describe('Files that are no manifests, as patterns of `.gitignore` from that folder.'),
  })
  return z
    .strictObject({
      apiVersion: z.literal(API_VERSION).describe('Always `verdigris.dev/v1`.'),
      kind: z.literal('Application').describe('Always `Application`.'),
      metadata: z
        .strictObject({ name: name.describe('Name of the Application.') })
        .describe('Who it is.'),
      spec: z
        .strictObject({ source: source.describe('Where desired state comes from.'), ...binding })
        .describe('What it does.'),
    })
    .describe('A source bound to a workspace.')
}

function folderOf(value: unknown) {
  if (typeof value !== 'string') return wrong('must be text')
  const path = value.replace(/^\.\//, '').replace(/\/$/, '')
  if (path === '' || path === '.') return value.startsWith('/') ? wrong('must be relative') : ''
  const complaint = checkPath(path)
  return complaint === undefined ? path : wrong(`is not allowed: ${complaint}`, 'InvalidPath')
}
