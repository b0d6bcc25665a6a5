import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, Scalar } from 'yaml'
import { shown } from '../../kinds/fields/shown.ts'
import type { Place, Problem } from '../../model/problem.ts'
import { isObject, type Json, type JsonObject } from '../../model/values/json.ts'
import type { Limits } from '../limits.ts'
import { plainScalar, plainText, plainVersion } from './plain-scalars.ts'
import { find, type Spot, spotsOf } from './spots.ts'
import { badKey, badValue } from './text-rules.ts'
import { isVariable, plainValue, substitute } from './variables.ts'
import type { YamlDocument } from './yaml.ts'

type Path = readonly (string | number)[]

/** A document as values, with the way back to the text. */
export interface Values {
  readonly value: Json
  readonly problems: readonly Problem[]
  /** The place of the value at a path (or of its key), or of the nearest thing above it that exists. */
  placeOf(path: Path, what?: 'value' | 'key'): Place
  has(path: Path): boolean
  /** What stands in the text where the value at a path was made with variables, without those; undefined: no variable was. */
  besideVariables(path: Path): string | undefined
}

// Fields that are text whatever they look like: a variable is put in as it is.
const TEXT_KEYS = new Set(['version', 'name', 'endpoint_name', 'description', 'stage', 'revision'])
const TEXT_TREES = new Set([
  'tags',
  'properties',
  'environment_variables',
  'labels',
  'annotations',
  'flavors',
  'variables',
])

interface Reading {
  readonly source: YamlDocument
  /** Undefined: it is no manifest, so that nothing in it is a variable, and no key makes a text of what it holds. */
  readonly variables: { readonly [name: string]: string } | undefined
  /** Whether the CLI reads it, too, which knows no envelopes. */
  readonly isForCli: boolean
  readonly limits: Limits
  readonly problems: Problem[]
  /** Anchors as they come: an alias means the last one before it, and none of another document. */
  readonly anchors: Map<string, Node>
  readonly aliases: Map<Node, Node>
  /** By offset: what stands beside variables. */
  readonly besides: Map<number, string>
  values: number
  aliasCount: number
}

/** Makes values of a parsed document. Keys that would reach a prototype and doubles are Problems. */
export function valuesOf(
  source: YamlDocument,
  variables: { readonly [name: string]: string } | undefined,
  limits: Limits,
): Values {
  const root = source.document.contents
  const reading: Reading = {
    source,
    variables,
    isForCli: variables !== undefined && !isEnvelope(root),
    limits,
    problems: [],
    anchors: new Map(),
    aliases: new Map(),
    besides: new Map(),
    values: 0,
    aliasCount: 0,
  }
  const value = read(root, reading, { depth: 0, asText: false, key: '' })
  return valuesAt(value, reading, spotsOf(root, reading.aliases), source.at)
}

/** Made apart, so that nothing of the parser's tree is kept with it. */
function valuesAt(
  value: Json,
  { problems, besides }: Pick<Reading, 'problems' | 'besides'>,
  root: Spot,
  at: YamlDocument['at'],
): Values {
  return {
    value,
    problems,
    placeOf: (path, what) => at(find(root, path)[what ?? 'value']),
    has: (path) => find(root, path).whole,
    besideVariables: (path) =>
      besides.size === 0 ? undefined : besides.get(find(root, path).value),
  }
}

interface Where {
  readonly depth: number
  /** Below a mapping of texts. */
  readonly asText: boolean
  /** The field that is read; '' at the root, and in what is another tool's. */
  readonly key: string
  /** In a conda file that stands in a manifest: there no name of a field means anything to us. */
  readonly isForeign?: boolean
}

function read(node: Node | null, reading: Reading, where: Where): Json {
  if (node === null) return null
  reading.values++
  if (reading.values > reading.limits.values || where.depth > reading.limits.depth) {
    return tooMuch(node, reading)
  }
  if (isAlias(node)) return readAlias(node, reading, where)
  if ('anchor' in node && node.anchor !== undefined) reading.anchors.set(node.anchor, node)
  if (isMap(node)) return readMap(node.items, reading, where)
  if (isSeq(node)) {
    const inner = { ...where, depth: where.depth + 1 }
    return node.items.map((item) => read(item as Node | null, reading, inner))
  }
  return isScalar(node) ? readScalar(node, reading, where) : null
}

/** Said once: afterwards nothing more is read of the document. */
function tooMuch(node: Node, reading: Reading): null {
  if (reading.values < Number.MAX_SAFE_INTEGER) {
    const message = 'the document is too large or too deep with its aliases in place'
    complain(reading, 'LimitExceeded', message, node.range?.[0])
  }
  reading.values = Number.MAX_SAFE_INTEGER
  return null
}

function readAlias(node: Node & { source: string }, reading: Reading, where: Where): Json {
  reading.aliasCount++
  if (reading.aliasCount > reading.limits.aliases) return tooMuch(node, reading)
  const target = reading.anchors.get(node.source)
  if (target === undefined) {
    const message = `there is no anchor ${shown(node.source)} before this alias in this document`
    complain(reading, 'UnknownAlias', message, node.range?.[0])
    return null
  }
  reading.aliases.set(node, target)
  return read(target, reading, { ...where, depth: where.depth + 1 })
}

function readMap(pairs: readonly Pair[], reading: Reading, where: Where): JsonObject {
  const fields: { [key: string]: Json } = {}
  for (const pair of pairs) {
    // None of those that would reach a prototype.
    const key = keyIn(pair, fields, reading)
    if (key !== undefined)
      fields[key] = read(pair.value as Node | null, reading, below(key, reading, where))
  }
  if (!Object.hasOwn(fields, MERGE)) return fields
  const { [MERGE]: merged = null, ...own } = fields
  return withMerged(own, merged, reading, pairs)
}

/** YAML 1.1 has it, and so has the CLI: what a mapping says itself comes first, then the merged ones in their order. */
const MERGE = '<<'

function withMerged(
  own: JsonObject,
  merged: Json,
  reading: Reading,
  pairs: readonly Pair[],
): JsonObject {
  const all = Array.isArray(merged) ? [...merged] : [merged]
  if (all.every(isObject))
    return Object.fromEntries([...all.reverse(), own].flatMap(Object.entries))
  const pair = pairs.find(({ key }) => isScalar(key) && key.value === MERGE)
  const message = `"${MERGE}" needs a mapping, or a list of mappings`
  complain(reading, 'MergeKey', message, (pair?.key as Node | undefined)?.range?.[0])
  return own
}

function below(key: string, reading: Reading, where: Where): Where {
  const depth = where.depth + 1
  if (where.isForeign) return { ...where, depth }
  if (key === 'conda_file') return { depth, asText: false, key: '', isForeign: true }
  return { depth, asText: where.asText || isText(key, reading), key }
}

function isText(key: string, { variables, isForCli }: Reading): boolean {
  if (variables === undefined) return false
  return TEXT_TREES.has(key) || (!isForCli && TEXT_KEYS.has(key))
}

/** What is written for Verdigris alone. */
function isEnvelope(root: Node | null): boolean {
  return isMap(root) && (root.has('apiVersion') || (root.has('kind') && root.has('spec')))
}

/** The key of a pair; undefined when it is none that a mapping may have, which is said. */
function keyIn({ key: node }: Pair, seen: JsonObject, reading: Reading): string | undefined {
  const key = isScalar(node) ? String(node.value ?? '') : undefined
  const complaint =
    key === undefined ? NO_TEXT : (badKey(key, Object.hasOwn(seen, key)) ?? badValue(key))
  if (complaint === undefined) return key
  complain(reading, complaint.reason, complaint.message, (node as Node | null)?.range?.[0])
  return undefined
}

const NO_TEXT = { reason: 'YamlSyntax', message: 'a key must be text' } as const

function readScalar(node: Scalar, reading: Reading, { asText, key }: Where): Json {
  const typed = !asText && (node.type === Scalar.PLAIN || node.type === undefined)
  const value = typed && reading.isForCli ? forCli(node, reading, key) : node.value
  if (typeof value !== 'string') return asText ? (node.source ?? '') : (value as Json)
  const text = readText(value, reading, node.range?.[0])
  return typed && isVariable(value) && !TEXT_KEYS.has(key) ? plainValue(text) : text
}

/** A text with its variables in place. */
function readText(value: string, reading: Reading, offset: number | undefined): string {
  const { variables } = reading
  const result = variables === undefined ? { text: value } : substitute(value, variables)
  if ('issue' in result) {
    complain(reading, 'UndefinedVariable', result.issue, offset)
    return value
  }
  if ('beside' in result && result.beside !== undefined)
    reading.besides.set(offset ?? 0, result.beside)
  const bad = badValue(result.text)
  if (bad !== undefined) complain(reading, bad.reason, bad.message, offset)
  return result.text
}

/** A scalar without quotes, which the CLI must take for the same. */
function forCli({ source = '', value, range }: Scalar, reading: Reading, key: string): Json {
  const one = key === 'version' ? plainVersion : TEXT_KEYS.has(key) ? plainText : plainScalar
  const read = one(source, value as Json)
  if ('value' in read) return read.value
  complain(reading, 'AmbiguousScalar', read.issue, range?.[0])
  return value as Json
}

function complain(
  reading: Reading,
  reason: string,
  message: string,
  offset: number | undefined,
): void {
  if (reading.problems.length >= reading.limits.problemsPerFile) return
  const at = reading.source.at(offset ?? 0)
  reading.problems.push({ severity: 'error', reason, message, at })
}
