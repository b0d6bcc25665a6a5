import { KINDS } from '../../src/core/kinds/index.ts'
import { importFiles } from '../../src/core/manifests/import/import.ts'
import { type Manifests, readManifests } from '../../src/core/manifests/read.ts'
import type { Desired } from '../../src/core/model/desired.ts'
import { keyOf } from '../../src/core/model/ref.ts'
import type { SnapshotFile } from '../../src/core/model/snapshot.ts'
import { canonical } from '../../src/core/model/values/json.ts'
import { cpuMsOf } from '../support/cost.ts'
import { snapshotOf } from '../support/snapshot.ts'
import { contextOf, WORKSPACE } from '../support/workspace.ts'
import type { Input } from './inputs.ts'

/** What must never be, and what there was instead. */
export interface Failure {
  readonly sort: 'exception' | 'stall' | 'other answer' | 'no place' | 'reads back otherwise'
  readonly message: string
}

export interface Answer {
  readonly failure?: Failure
  /** Whether it is right, and declares something. */
  readonly isAccepted: boolean
}

/** Of processor time in one go: more than that, and a probe waits. */
export const STALL_MS = 50

/** Reads one input as `validate` does, and holds the answer against what must always be so. */
export function answerTo(input: Input): Answer {
  try {
    return judged(input)
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { isAccepted: false, failure: { sort: 'exception', message: message.slice(0, 1500) } }
  }
}

function judged(input: Input): Answer {
  const read = readOf(input)
  const isAccepted =
    read.desired.length > 0 && read.problems.every(({ severity }) => severity !== 'error')
  const failure =
    (isAccepted || input.text.length % 16 === 0 ? otherAnswer(input, read) : undefined) ??
    placeless(input, read) ??
    (isAccepted ? otherwise(read) : undefined)
  return failure === undefined ? { isAccepted } : { isAccepted, failure }
}

const VARIABLES = { A: '1' }
const surroundings = new WeakMap<object, readonly SnapshotFile[]>()

/** What lies around is the same for many inputs, and is understood once. */
function filesOf({ path, text, around }: Input): readonly SnapshotFile[] {
  const known = surroundings.get(around) ?? snapshotOf(around).files
  surroundings.set(around, known)
  return [...known, ...snapshotOf({ [path]: text }).files]
}

function readOf(input: Input): Manifests {
  return readManifests({ snapshot: { revision: '', files: filesOf(input) }, variables: VARIABLES })
}

/** Machines are slow at times: only what is slow every time is a stall. */
export function stallOf(input: Input): Failure | undefined {
  const cpuMs = () => cpuMsOf(() => readOf(input))
  if (cpuMs() <= STALL_MS) return undefined
  const ms = Math.min(cpuMs(), cpuMs(), cpuMs(), cpuMs())
  return ms > STALL_MS ? { sort: 'stall', message: `${Math.round(ms)} ms` } : undefined
}

function otherAnswer(input: Input, read: Manifests): Failure | undefined {
  // In another order, and with nothing remembered: the variables are new ones.
  const snapshot = { revision: '', files: filesOf(input).toReversed() }
  const again = JSON.stringify(readManifests({ snapshot, variables: { ...VARIABLES } }))
  if (JSON.stringify(read) === again) return undefined
  return { sort: 'other answer', message: again.slice(0, 1000) }
}

function placeless({ path, text, around }: Input, { problems }: Manifests): Failure | undefined {
  const lines = text.split(/\r\n|\r|\n/).length
  const bad = problems.find(({ at, message, reason }) => {
    const isHere = at.file === path ? at.line <= lines + 1 : at.file in around
    const isSaid = message.length > 0 && message.length < 5000 && reason.length > 0
    return !(isHere && isSaid && at.line >= 1 && at.column >= 1) || /[^\x20-\x7e]/.test(message)
  })
  return bad && { sort: 'no place', message: JSON.stringify(bad) }
}

/** What is declared, once it is live, is imported as a manifest that means the same. */
function otherwise(read: Manifests): Failure | undefined {
  for (const one of read.desired) {
    const difference = differenceOf(one)
    if (difference !== undefined) {
      return { sort: 'reads back otherwise', message: `${keyOf(one.ref)}: ${difference}` }
    }
  }
  return undefined
}

/** The flavors of an MLflow model are in its own files: import leaves them there. */
function withoutFlavors(desired: Desired): Desired {
  const { flavors: _, ...spec } = desired.spec
  return desired.spec.type === 'mlflow_model' ? { ...desired, spec } : desired
}

function differenceOf(declared: Desired): string | undefined {
  const desired = withoutFlavors(declared)
  const kind = KINDS[desired.ref.kind]
  const body = kind.toArm(desired, contextOf({}))
  if (canonical(kind.normalise(kind.normalise(body))) !== canonical(kind.normalise(body))) {
    return 'its normal form is not normal'
  }
  const live = { ref: desired.ref, body, phase: 'Ready' } as const
  // An asset that nobody can name, and code, which is never read back.
  if (kind.fromArm === undefined || desired.labels.length > 0) return undefined
  const imported = importFiles({
    workspace: WORKSPACE,
    resources: [live],
    endpoints: [],
    kinds: [],
  })
  const [file] = imported.files
  if (file === undefined) return `not imported: ${imported.skipped[0]?.reason}`
  const { variables } = imported
  const again = readManifests({ snapshot: snapshotOf({ [file.path]: file.text }), variables })
  const errors = again.problems.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) return `${JSON.stringify(errors.slice(0, 3))} in\n${file.text}`
  const [same] = again.desired
  const meant = (one: Desired) => canonical(kind.normalise(kind.toArm(one, contextOf({}))))
  if (same === undefined) return `nothing is declared by\n${file.text}`
  return meant(same) === meant(desired)
    ? undefined
    : `${meant(desired)} is imported as\n${file.text}`
}
