import { shown } from '../../kinds/fields/shown.ts'
import type { Place, Problem } from '../../model/problem.ts'
import type { SnapshotFile } from '../../model/snapshot.ts'
import type { Json } from '../../model/values/json.ts'
import type { Limits } from '../limits.ts'
import { badKey } from './text-rules.ts'
import { valuesOf } from './values.ts'
import { parseYaml } from './yaml.ts'

/** What a file says, or where and why it says nothing. */
export type Data = { readonly data: Json } | { readonly problem: Problem }

/**
 * A YAML or JSON file whose form is another tool's, read as strictly as a manifest: what its own tool would refuse, or take
 * for something else than was meant, is a problem with its place. Variables are ours and mean nothing in it.
 */
export function dataIn({ path, text = '' }: SnapshotFile, limits: Limits): Data {
  return /\.json$/i.test(path) ? jsonIn(path, text) : yamlIn(path, text, limits)
}

function yamlIn(path: string, text: string, limits: Limits): Data {
  const { documents, problems } = parseYaml(text, path, limits)
  const [first, second] = documents
  if (second !== undefined && problems.length === 0)
    return wrong('YamlSyntax', 'it must be one YAML document', second.at(rangeOf(second)))
  const read = first && valuesOf(first, undefined, limits)
  const [problem] = [...problems, ...(read?.problems ?? [])]
  return problem === undefined ? { data: read?.value ?? null } : { problem }
}

function rangeOf({
  document,
}: {
  readonly document: { readonly range: readonly number[] }
}): number {
  return document.range[0] ?? 0
}

function jsonIn(path: string, text: string): Data {
  const at = (offset: number): Place => placeOf(path, text, offset)
  try {
    const data: Json = JSON.parse(text)
    const bad = misplacedKey(text)
    if (bad === undefined) return { data }
    return wrong(bad.reason, bad.message, at(bad.offset))
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    const offset = /at position (\d+)/.exec(said)?.[1]
    const message = said.replace(/ in JSON at position.*$| is not valid JSON$/s, '')
    return wrong(
      'JsonSyntax',
      `it is no JSON: ${message.slice(0, 200)}`,
      at(Number(offset ?? text.length)),
    )
  }
}

/** In JSON that is well formed: a text followed by a colon is a key, and every other brace outside texts is an object's. */
const TOKENS = /"(?:[^"\\]+|\\.)*"(\s*:)?|[{}]/g

/** The first key that its object may not have, and where it is. */
function misplacedKey(
  text: string,
): (NonNullable<ReturnType<typeof badKey>> & { readonly offset: number }) | undefined {
  const objects: Set<string>[] = []
  for (const { 0: token, 1: colon, index: offset } of text.matchAll(TOKENS)) {
    if (token === '{') objects.push(new Set())
    if (token === '}') objects.pop()
    if (colon === undefined) continue
    const key: string = JSON.parse(token.slice(0, -colon.length))
    const bad = badKey(key, objects.at(-1)?.has(key) === true)
    if (bad !== undefined) return { ...bad, offset }
    objects.at(-1)?.add(key)
  }
  return undefined
}

function placeOf(file: string, text: string, offset: number): Place {
  const before = text.slice(0, offset).split('\n')
  return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

function wrong(reason: string, message: string, at: Place): Data {
  return { problem: { severity: 'error', reason, message, at } }
}

/** What a manifest says of a file that it names. */
export function problemText({ message, at: { file, line, column } }: Problem): string {
  return `${shown(file)} at ${line}:${column}: ${message}`
}
