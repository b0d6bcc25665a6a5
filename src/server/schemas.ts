import { KIND_NAMES } from '../core/model/ref.ts'
import { INTENT_VERBS, REQUEST_VERBS, ROLLOUT_PHASES } from '../core/model/rollout.ts'

/** JSON Schemas of the answers: what serialises them (nothing undeclared leaves the process) and what OpenAPI shows. */

export type Schema = { readonly [key: string]: unknown }

const text = { type: 'string' } as const
const count = { type: 'integer', minimum: 0 } as const
const flag = { type: 'boolean' } as const
const time = { type: 'string', format: 'date-time' } as const
const anything = {} as const
const weights = { type: 'object', additionalProperties: { type: 'number' } } as const

const oneOf = (...values: readonly string[]) => ({ type: 'string', enum: values })
const list = (items: Schema) => ({ type: 'array', items })

/** Properties whose name ends in `?` may be absent. */
function object(properties: { readonly [name: string]: Schema }): Schema {
  const names = Object.keys(properties)
  return {
    type: 'object',
    additionalProperties: false,
    required: names.filter((name) => !name.endsWith('?')),
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, schema]) => [name.replace('?', ''), schema]),
    ),
  }
}

const ref = object({ kind: oneOf(...KIND_NAMES), name: text, 'parent?': text, 'version?': text })
const about = { key: text, ref }
const differing = { path: text, 'live?': anything, 'desired?': anything }
const difference = object(differing)
const ignoredDifference = object({ ...differing, why: text })
const verb = oneOf('create', 'update', 'detach', 'archive', 'delete')
const because = oneOf('Create', 'Update', 'Replace', 'Drift', 'NotTakenOver', 'Prune', 'Adopt')
const policy = oneOf('correct', 'report', 'ignore')

const condition = object({
  type: oneOf('Ready', 'Reconciling', 'Stalled', 'Drifted', 'SourceReady'),
  status: oneOf('True', 'False', 'Unknown'),
  reason: text,
  message: text,
  lastTransitionTime: time,
  'observedGeneration?': text,
})

const tick = {
  tick: count,
  startedAt: time,
  endedAt: time,
  'attemptedRevision?': text,
  'appliedRevision?': text,
  'committedAt?': time,
  'author?': text,
  'subject?': text,
}
/** The same, absent as long as there was no tick. */
const perhapsTick = Object.fromEntries(
  Object.entries(tick).map(([name, schema]) => [name.endsWith('?') ? name : `${name}?`, schema]),
)

const revision = { deployment: text, revision: text, 'model?': text }
const number = { type: 'number' } as const
const counts = object({ requests: count, errors: count })
const judgement = object({
  id: text,
  name: text,
  provider: text,
  outcome: oneOf('pass', 'fail', 'inconclusive', 'noData'),
  reason: text,
  message: text,
  /** Of a check that decides nothing. */
  'dryRun?': flag,
  /** Log e-values; a line that cannot be reached yet is absent. */
  'evidence?': object({
    'logAbort?': number,
    'abortAt?': number,
    'logPass?': number,
    'passAt?': number,
    'phi?': number,
  }),
  samples: object({ stable: counts, candidate: counts }),
  'value?': number,
  /** How long it has had no data, where that fails it in the end. Milliseconds. */
  'noDataMs?': number,
})
const rollout = object({
  key: text,
  name: text,
  endpoint: text,
  strategy: oneOf('canary', 'blueGreen', 'switch'),
  phase: oneOf(...ROLLOUT_PHASES),
  phaseSince: time,
  step: count,
  steps: list(text),
  'stable?': object(revision),
  'candidate?': object(revision),
  'previous?': object({ ...revision, until: time }),
  weights,
  mirror: weights,
  judgements: list(judgement),
  reason: text,
  message: text,
  stalled: flag,
  'stepEndsAt?': time,
  'deadlineAt?': time,
  'stepDeadlineAt?': time,
  'readyBy?': time,
  'aborted?': object({ revision: text, reason: text, message: text }),
  canUndo: flag,
  /** While the step in force sends requests of its own. */
  'probe?': object({
    perMinute: count,
    different: count,
    'sent?': count,
    'failed?': count,
    'unanswered?': count,
    'problem?': object({ reason: text, message: text }),
  }),
  'power?': text,
  'bandwidth?': text,
})
const numbers = list(number)
const counters = object({
  at: list(time),
  requests: numbers,
  errors: numbers,
  /** Requests within each of `boundsMs`. */
  'within?': list(numbers),
})
const samples = object({
  endpoint: text,
  'deployment?': text,
  'revision?': text,
  'at?': time,
  items: list(
    object({
      ...{ id: text, name: text, provider: text, reason: text, message: text },
      outcome: oneOf('pass', 'fail', 'inconclusive', 'noData'),
      'dryRun?': flag,
      'value?': number,
      'query?': text,
      'from?': time,
      'to?': time,
      'windowMs?': number,
      'boundsMs?': numbers,
      'stable?': counters,
      'candidate?': counters,
      'values?': list(object({ at: time, value: number, 'requests?': number, 'missed?': flag })),
      /** Samples or looks that found no room. */
      left: count,
    }),
  ),
})
const lever = object({
  id: text,
  application: text,
  verb: oneOf(...INTENT_VERBS, ...REQUEST_VERBS),
  endpoint: text,
  who: text,
  why: text,
  'revision?': text,
  at: time,
  result: oneOf('accepted', 'refused', 'pending'),
  message: text,
})

const event = {
  at: time,
  application: text,
  tick: count,
  type: oneOf('Normal', 'Warning'),
  'ref?': text,
  reason: text,
  message: text,
}

const summary = {
  name: text,
  'mode?': oneOf('observe'),
  ...perhapsTick,
  converged: flag,
  conditions: list(condition),
  notApplied: list(
    object({
      endpoint: text,
      'commit?': text,
      revision: text,
      reason: text,
      message: text,
    }),
  ),
  counts: object({
    resources: count,
    outOfSync: count,
    drifted: count,
    degraded: count,
    orphans: count,
    changes: count,
    problems: count,
  }),
}

const resource = {
  ...about,
  sync: oneOf('synced', 'out_of_sync', 'unknown'),
  health: oneOf('healthy', 'progressing', 'degraded', 'suspended', 'missing'),
  driftPolicy: policy,
  fight: flag,
  differing: count,
  'notTakenOver?': list(difference),
  'ignored?': list(ignoredDifference),
  'driftedSince?': time,
  'appliedRevision?': text,
  'traffic?': object({ desired: weights, live: weights }),
  'rollout?': rollout,
  conditions: list(condition),
}

const change = object({ ...about, verb, reason: because, differences: list(difference) })
const held = object({
  ...about,
  state: oneOf('waiting', 'blocked', 'refused'),
  reason: text,
  message: text,
})
const orphan = object({
  ...about,
  owner: oneOf('nobody', 'another', 'ours'),
  'application?': text,
  reason: text,
  message: text,
})
const outcome = object({
  ...about,
  operation: text,
  verb,
  because,
  result: oneOf('Started', 'Failed'),
  'reason?': text,
  'message?': text,
  'errorClass?': text,
  'retry?': oneOf('Later', 'Never'),
})

export const SCHEMAS = {
  Error: object({ statusCode: count, error: text, message: text }),
  Health: object({ status: oneOf('ok') }),
  Ready: object({ status: oneOf('ready', 'not ready'), reasons: list(text) }),
  Applications: object({ items: list(object(summary)) }),
  Application: object({
    ...summary,
    history: list(object({ ...tick, converged: flag, started: count, failed: count })),
  }),
  Resources: object({ items: list(object(resource)) }),
  Resource: object({ ...resource, differences: list(difference), events: list(object(event)) }),
  Rollouts: object({ items: list(rollout) }),
  Rollout: rollout,
  Samples: samples,
  Lever: lever,
  Drift: object({
    items: list(
      object({ ...about, policy, fight: flag, since: time, differences: list(difference) }),
    ),
  }),
  Plan: object({
    'mode?': oneOf('observe'),
    ...perhapsTick,
    'wakeAt?': time,
    changes: list(change),
    outcomes: list(outcome),
    held: list(held),
    orphans: list(orphan),
  }),
  Problems: object({
    items: list(
      object({
        severity: oneOf('error', 'warning', 'note'),
        reason: text,
        message: text,
        file: text,
        line: count,
        column: count,
      }),
    ),
  }),
  Events: object({ items: list(object({ id: text, ...event })) }),
} as const

export type SchemaName = keyof typeof SCHEMAS
