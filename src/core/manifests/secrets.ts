import { shown } from '../kinds/fields/shown.ts'
import type { Desired } from '../model/desired.ts'
import { looksSecret, tellsSecret } from '../model/redact/secrets.ts'
import type { GoldenRequest, Step } from '../model/rollout.ts'
import { isObject, type Json, type JsonObject } from '../model/values/json.ts'
import { probeIn } from '../rollout/probed.ts'

export interface SecretFinding {
  readonly path: readonly string[]
  /** What it is, without its value. */
  readonly what: string
}

/** What a manifest itself holds of a value that was made with variables: what those hold is not in the open. */
type Beside = (path: readonly string[]) => string | undefined

/**
 * What looks like a secret in the open: environment variables by their names (ATTACKS 37), and every other text, for tags,
 * properties and descriptions are shown to whoever may read the workspace.
 */
export function secretsIn({ spec }: Desired, beside: Beside): readonly SecretFinding[] {
  const { environment_variables: named, conda_file: conda, ...rest } = spec
  const variables = isObject(named) ? named : {}
  const found = Object.entries(variables)
    .map(([name, value]) => ({ name, value, path: ['environment_variables', name] }))
    .filter(
      ({ name, value, path }) =>
        typeof value === 'string' && looksSecret(name, beside(path) ?? value),
    )
    .map(({ name, path }) => ({ path, what: `the environment variable ${shown(name)}` }))
  const inPackages = textsIn(conda, ['conda_file'], beside).slice(0, 1)
  return [
    ...found,
    ...secretTexts(rest, beside),
    ...inPackages.map((path) => ({ path, what: 'what the conda file holds' })),
  ]
}

/** Every text of fields that looks like a secret in the open, by its own shape or by the name of its field. */
export function secretTexts(fields: JsonObject, beside: Beside): readonly SecretFinding[] {
  return textsIn(fields, [], beside).map((path) => ({
    path,
    what: `what ${shown(path.join('.'))} holds`,
  }))
}

/** The same in the golden requests and probes of a rollout, at most one of each file: what it is, with the file. */
export function goldenSecrets(steps: readonly Step[]): readonly string[] {
  const found = steps.flatMap(requestsOf).flatMap(({ name, request, expect }) => {
    const [path] = textsIn({ request, expect: 'value' in expect ? expect.value : null }, [])
    return path === undefined ? [] : [`what ${shown(path.join('.'))} of ${shown(name)} holds`]
  })
  return [...new Set(found)]
}

function requestsOf(step: Step): readonly GoldenRequest[] {
  return step.type === 'verify' ? step.golden : (probeIn(step)?.requests ?? [])
}

function textsIn(
  value: Json | undefined,
  path: readonly string[],
  beside: Beside = () => undefined,
  found: (readonly string[])[] = [],
): readonly (readonly string[])[] {
  if (typeof value === 'string') {
    if (tellsSecret(path.at(-1) ?? '', beside(path) ?? value)) found.push(path)
  } else if (typeof value === 'object' && value !== null)
    for (const [key, one] of Object.entries(value)) textsIn(one, [...path, key], beside, found)
  return found
}
