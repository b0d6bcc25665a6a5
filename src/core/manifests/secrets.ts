import { shown } from '../kinds/shown.ts'
import type { Desired } from '../model/desired.ts'
import { isObject, type Json } from '../model/json.ts'
import { holdsSecret, looksSecret } from '../model/secrets.ts'

export interface SecretFinding {
  readonly path: readonly string[]
  /** What it is, without its value. */
  readonly what: string
}

/**
 * Environment variables and addresses that look like a secret in the open (ATTACKS 37). `beside` gives what a manifest itself
 * holds of a value that was made with variables: what those hold is not in the open.
 */
export function secretsIn(
  { spec }: Desired,
  beside: (path: readonly string[]) => string | undefined,
): readonly SecretFinding[] {
  const variables = isObject(spec.environment_variables) ? spec.environment_variables : {}
  const found = Object.entries(variables)
    .map(([name, value]) => ({ name, value, path: ['environment_variables', name] }))
    .filter(
      ({ name, value, path }) =>
        typeof value === 'string' && looksSecret(name, beside(path) ?? value),
    )
    .map(({ name, path }) => ({ path, what: `the environment variable ${shown(name)}` }))
  const { path } = spec
  const isSigned = typeof path === 'string' && holdsSecret(beside(['path']) ?? path)
  const signed = isSigned ? [{ path: ['path'], what: 'what "path" holds' }] : []
  return [...found, ...signed, ...inPackages(spec.conda_file, ['conda_file'], beside)]
}

/** An index of packages with a password in its address, which stands in the environment for everybody who may read it. */
function inPackages(
  value: Json | undefined,
  path: readonly string[],
  beside: (path: readonly string[]) => string | undefined,
): readonly SecretFinding[] {
  if (typeof value === 'string')
    return holdsSecret(beside(path) ?? value) ? [{ path, what: 'what the conda file holds' }] : []
  if (typeof value !== 'object' || value === null) return []
  const found = Object.entries(value).flatMap(([key, one]) =>
    inPackages(one, [...path, key], beside),
  )
  return found.slice(0, 1)
}
