import { parse } from 'yaml'
import { isObject, type Json, type JsonObject } from '../model/values/json.ts'
import { shown } from './fields/shown.ts'
import type { FieldIssue } from './kind.ts'

const MAX_LENGTH = 256 * 1024

/**
 * A conda file as data: it goes to the service as YAML and comes back as pretty JSON (FACTS 0.15). Takes either, gives
 * undefined for what is neither or larger than 256 KiB.
 */
export function condaData(text: string): Json | undefined {
  if (text.length > MAX_LENGTH) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return yamlData(text)
  }
}

function yamlData(text: string): Json | undefined {
  try {
    // Aliases are what makes a small text large; a conda file needs none. Deep nesting throws.
    return parse(text, { maxAliasCount: 0, uniqueKeys: false, logLevel: 'error' })
  } catch {
    return undefined
  }
}

type Path = readonly (string | number)[]

/** Why this is no conda environment as conda reads it; a list of packages that is indented wrongly is YAML all the same. */
export function condaIssues(conda: JsonObject, path: Path): readonly FieldIssue[] {
  const { name, channels, dependencies } = conda
  if (isDeeper(conda, MAX_DEPTH))
    return [issue(path, `it is nested deeper than ${MAX_DEPTH} levels`)]
  // As it is sent: what is longer could not be compared with what comes back.
  if (JSON.stringify(conda, null, 2).length > MAX_LENGTH)
    return [issue(path, `it is longer than ${MAX_LENGTH} characters as JSON`)]
  const wrongKeys = Object.keys(conda).filter((key) => !/^[\w.-]+$/.test(key))
  return [
    ...wrongKeys.map((key) => issue([...path, key], `${shown(key)} is no field of a conda file`)),
    ...(name === undefined || name === null || typeof name === 'string'
      ? []
      : [issue([...path, 'name'], '"name" must be text')]),
    ...listIssues(channels, [...path, 'channels'], textIssues),
    ...listIssues(dependencies, [...path, 'dependencies'], dependencyIssues),
  ]
}

/** Levels of nesting: far more than conda has a use for, and few enough to stand in a manifest. */
const MAX_DEPTH = 8

function isDeeper(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1))
}

type Check = (value: Json, path: Path) => readonly FieldIssue[]

function listIssues(list: Json | undefined, path: Path, check: Check): readonly FieldIssue[] {
  if (list === undefined || list === null) return []
  if (!Array.isArray(list)) return [issue(path, `"${path.at(-1)}" must be a list`)]
  return list.flatMap((item, index) => check(item, [...path, index]))
}

/** A package, or the packages of pip, indented below `pip:`. */
function dependencyIssues(value: Json, path: Path): readonly FieldIssue[] {
  if (!isObject(value)) return textIssues(value, path)
  const { pip, ...others } = value
  const [other] = Object.keys(others)
  if (other !== undefined)
    return [
      issue(path, `${shown(other)} is neither a package nor "pip:"; is it indented as meant?`),
    ]
  if (!Array.isArray(pip))
    return [issue(path, '"pip:" needs a list of packages, indented below it')]
  return listIssues(pip, [...path, 'pip'], textIssues)
}

const textIssues: Check = (value, path) =>
  typeof value === 'string' && value.trim() !== '' && !value.includes('\n')
    ? []
    : [issue(path, `${shown(JSON.stringify(value))} must be text on one line`)]

function issue(path: Path, message: string): FieldIssue {
  return { path, reason: 'InvalidCondaFile', message }
}
