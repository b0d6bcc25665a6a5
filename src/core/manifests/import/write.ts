import { Document, isMap, Pair, Scalar, type ScalarTag, type Tags } from 'yaml'
import { escaped } from '../../kinds/fields/shown.ts'
import { isObject, type Json, type JsonObject } from '../../model/values/json.ts'
import { isPlainText } from '../documents/plain-scalars.ts'
import { literal } from '../documents/variables.ts'

type Path = readonly (string | number)[]

/** A manifest to be written. Comments stand above the field they are about; those of '' above the first. */
export interface Draft {
  readonly fields: JsonObject
  readonly comments: { readonly [field: string]: readonly string[] }
  /** The name of the variable that stands for a text, where it must not be written. */
  variableFor(path: Path, text: string): string | undefined
}

const TOO_LONG = 500

/** Numbers with an exponent have a point, too: without one they are text to YAML 1.1. */
const FAR: ScalarTag = {
  identify: (value) => typeof value === 'number' && /\de/.test(String(value)),
  default: true,
  tag: 'tag:yaml.org,2002:float',
  test: /(?!)/,
  resolve: Number,
  stringify: ({ value }) => String(value).replace(/^(-?\d+)e/, '$1.0e'),
}
const OPTIONS = {
  version: '1.2',
  aliasDuplicateObjects: false,
  customTags: (tags: Tags): Tags => [FAR, ...tags],
} as const

/** The text of a YAML file that reads as the fields of the draft. `$schema` is its first line. */
export function manifestText({ fields, comments, variableFor }: Draft): string {
  const hidden: string[] = []
  const document = new Document({}, OPTIONS)
  for (const [name, value] of Object.entries(fields)) {
    const node = document.createNode(written(value, [name], variableFor, hidden))
    document.add(new Pair(new Scalar(name), node))
  }
  for (const [name, lines] of Object.entries(comments)) comment(document, name, lines)
  return document.toString({ lineWidth: 0 })
}

/** Scalars as the reader takes them: `${` is written so that it stays, and a variable stands in quotes: it is text. */
function written(
  value: Json,
  path: Path,
  variableFor: Draft['variableFor'],
  hidden: string[],
): unknown {
  if (Array.isArray(value)) {
    return value.map((item, index) => written(item, [...path, index], variableFor, hidden))
  }
  if (isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, child]) => [
        key,
        written(child, [...path, key], variableFor, hidden),
      ]),
    )
  }
  if (typeof value !== 'string') return value
  const variable = variableFor(path, value)
  if (variable === undefined) return isPlainText(value) ? literal(value) : quoted(value)
  const scalar = quoted(`\${${variable}}`)
  scalar.comment = ' a secret: its value is not written'
  return scalar
}

/** A text that some reader of YAML would take for a number, a date or a flag. */
function quoted(text: string): Scalar {
  const scalar = new Scalar(text)
  scalar.type = Scalar.QUOTE_DOUBLE
  return scalar
}

function comment(document: Document, field: string, lines: readonly string[]): void {
  if (!isMap(document.contents) || lines.length === 0) return
  const { items } = document.contents
  const isHead = field === ''
  const pair = isHead ? items[1] : items.find(({ key }) => nameOf(key) === field)
  if (pair === undefined || !(pair.key instanceof Scalar)) return
  const before = pair.key.commentBefore
  const said = lines.map((line) => ` ${escaped(line).slice(0, TOO_LONG)}`)
  pair.key.commentBefore = [...(before ? [before] : []), ...said].join('\n')
}

function nameOf(key: unknown): string {
  return key instanceof Scalar ? String(key.value) : ''
}
