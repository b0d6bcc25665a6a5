import { Unbuildable } from './needs.ts'

/** Major, minor, patch. */
export type Version = readonly [number, number, number]

/** Reads `3.11.7`; undefined = not one. */
export function versionIn(text: string): Version | undefined {
  const [, major, minor, patch] = /(?<!\d)(\d+)\.(\d+)\.(\d+)/.exec(text) ?? []
  if (major === undefined) return undefined
  return [Number(major), Number(minor), Number(patch)]
}

/**
 * Whether a Python version meets conda's conditions (`=3.10`, `>=3.9,<3.12`, `3.10.*`). A pinned patch release is not
 * insisted on: a machine has one of each minor version, and code does not tell them apart.
 */
export function meets(version: Version, conditions: string): boolean {
  return conditions
    .split(',')
    .map((condition) => condition.trim())
    .filter((condition) => condition !== '' && condition !== '*')
    .every((condition) => meetsOne(version, condition))
}

function meetsOne(version: Version, condition: string): boolean {
  const [, operator = '=', text = ''] = /^(==|>=|<=|!=|~=|=|>|<)?\s*([\d.]+)/.exec(condition) ?? []
  const wanted = text.split('.').filter(Boolean).map(Number)
  if (wanted.length === 0 || wanted.some(Number.isNaN)) {
    throw new Unbuildable(`'python${condition}' is no condition on a version.`)
  }
  const order = compare(version, wanted)
  const isSeries = wanted.slice(0, 2).every((number, place) => version[place] === number)
  switch (operator) {
    case '>=':
      return order >= 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '<':
      return order < 0
    case '!=':
      return order !== 0
    case '~=':
      return order >= 0 && wanted.slice(0, -1).every((number, place) => version[place] === number)
    default:
      return isSeries
  }
}

/** Compares as far as `wanted` goes: 3.11.7 is neither above nor below 3.11. */
function compare(version: Version, wanted: readonly number[]): number {
  for (const [place, number] of wanted.entries()) {
    const difference = (version[place] ?? 0) - number
    if (difference !== 0) return difference
  }
  return 0
}

/** The `3.10` that conditions pin, for which a machine may have a `python3.10`. */
export function pinnedMinor(conditions: string): string | undefined {
  return /(?:^|,)\s*(?:(?:={1,2}|~=)\s*)?(3\.\d+)/.exec(conditions)?.[1]
}
