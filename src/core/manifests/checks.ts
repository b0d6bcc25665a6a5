import { shown } from '../kinds/fields/shown.ts'
import type { Desired } from '../model/desired.ts'
import type { Place, Problem } from '../model/problem.ts'
import { keyOf, type Ref } from '../model/ref.ts'
import type { Step } from '../model/rollout.ts'
import { canonical, isObject } from '../model/values/json.ts'
import type { Declaration } from './declare.ts'
import type { ManifestDocument } from './documents/documents.ts'
import { goldenSecrets, secretsIn, secretTexts } from './secrets.ts'
import { unsentFileIn } from './unsent-files.ts'

export interface Checked {
  readonly kept: readonly Declaration[]
  readonly problems: readonly Problem[]
}

/**
 * One identity, one manifest, also by case: of two nobody can say which is meant, so neither is. What deployments declare
 * inline may be there many times, as long as it always says the same. Of files that were asked for, what else declares the
 * same is another Application's.
 */
export function uniqueOf(
  declarations: readonly Declaration[],
  asked?: ReadonlySet<string>,
): Checked {
  const kept: Declaration[] = []
  const problems: Problem[] = []
  const groups = Map.groupBy(declarations, ({ key }) => key)
  for (const all of groups.values()) {
    const [only] = all
    if (all.length === 1 && only !== undefined) {
      kept.push(only)
      continue
    }
    const named = all.filter(({ desired }) => asked?.has(desired.at.file))
    const group = named.length > 0 ? named : all
    const [first] = group
    const explicit = group.filter(({ inline }) => !inline)
    const chosen = explicit[0] ?? first
    const same = chosen !== undefined && group.every((other) => saysTheSame(chosen, other))
    if (chosen !== undefined && explicit.length <= 1 && same) kept.push(chosen)
    else problems.push(...group.map((one) => duplicate(one, group)))
  }
  return { kept, problems }
}

function saysTheSame(one: Declaration, other: Declaration): boolean {
  const text = ({ desired }: Declaration) => canonical([desired.spec, desired.upload?.hash ?? null])
  return one === other || text(one) === text(other)
}

function duplicate(one: Declaration, group: readonly Declaration[]): Problem {
  const { ref, at } = one.desired
  const others = group
    .filter((other) => other !== one)
    .slice(0, 3)
    .map((other) => placeText(other.desired.at))
  const message = `${keyOf(ref)} is declared more than once: also at ${others.join(', ')}`
  return { severity: 'error', reason: 'DuplicateIdentity', message, at }
}

function placeText(at: Place): string {
  return `${at.file}:${at.line}:${at.column}`
}

/** Only what is declared can be waited for; a label may mean any declared version of its name. */
export function withDependencies(declarations: readonly Declaration[]): readonly Desired[] {
  const declared = new Map(declarations.map(({ key, desired }) => [key, desired.ref]))
  let byName: ReadonlyMap<string, readonly Ref[]> | undefined
  const named = ({ kind, name }: Pick<Ref, 'kind' | 'name'>): string =>
    `${kind}/${name.toLowerCase()}`
  const linked = (desired: Desired): Desired => {
    const labelled = desired.labels.flatMap((label) => {
      byName ??= Map.groupBy(declared.values(), named)
      return byName.get(named(label)) ?? []
    })
    const wanted = [...desired.dependsOn, ...labelled].map(keyOf)
    const dependsOn = [...new Set(wanted)].flatMap((key) => declared.get(key) ?? [])
    const { rollout } = desired
    const slots = rollout?.slots?.map(linked)
    const moved = rollout && (slots === undefined ? rollout : { ...rollout, slots })
    return { ...desired, dependsOn, ...(moved === undefined ? {} : { rollout: moved }) }
  }
  return declarations.map(({ desired }) => linked(desired))
}

const NAME_IT = 'name it from a connection or a key vault instead'
const SEND_ANOTHER =
  'send a value that is made for tests: whoever reads the repository has this one'
const LEAVE_IT_OUT = 'leave it out: whoever reads the repository has it'

export function secretProblems(declarations: readonly Declaration[]): readonly Problem[] {
  return declarations.flatMap(({ desired, besideVariables, placeOf }) =>
    secretsIn(desired, besideVariables).map(({ path, what }) =>
      inTheOpen(what, NAME_IT, placeOf(path)),
    ),
  )
}

/** Those of a Rollout or an AnalysisTemplate; what its template of a deployment holds is told with that. */
export function documentSecrets({ values }: ManifestDocument): readonly Problem[] {
  if (!isObject(values.value)) return []
  return secretTexts(values.value, values.besideVariables)
    .filter(({ path: [, field] }) => field !== 'template')
    .map(({ path, what }) => inTheOpen(what, LEAVE_IT_OUT, values.placeOf(path)))
}

export function goldenProblems(steps: readonly Step[], at: Place): readonly Problem[] {
  return goldenSecrets(steps).map((what) => inTheOpen(what, SEND_ANOTHER, at))
}

function inTheOpen(what: string, remedy: string, at: Place): Problem {
  const message = `${what} looks like a secret in the open: ${remedy}`
  return { severity: 'warning', reason: 'SecretInManifest', message, at }
}

/** What is registered, and fails where an image is built of it. */
export function unsentProblems(declarations: readonly Declaration[]): readonly Problem[] {
  return declarations.flatMap(({ desired, placeOf }): readonly Problem[] => {
    const line = unsentFileIn(desired)
    if (line === undefined) return []
    const message = `the conda file names a file that is not sent with it (${shown(line)}): list the packages themselves, or build from a folder ("build")`
    return [{ severity: 'warning', reason: 'FileNotSent', message, at: placeOf(['conda_file']) }]
  })
}
