import type { LabelRef } from '../model/desired.ts'
import type { Ref } from '../model/ref.ts'
import { isObject, type Json, type JsonObject } from '../model/values/json.ts'
import { at, defined } from './decode.ts'
import { shown } from './fields/shown.ts'
import { hintFor } from './fields/suggest.ts'
import { type InlineAssets, type InlineDecoder, isIssues, leftOut } from './inline.ts'
import type { ArmContext, Decoded, FieldIssue, LocalContent } from './kind.ts'
import { type AssetKind, armIdOf, referenceOf, referenceText } from './reference.ts'

type Path = readonly (string | number)[]

/** One asset that a manifest uses: the text that stands for it in the spec, and what it brings along. */
export interface Used {
  readonly text?: string
  readonly ref?: Ref
  readonly label?: LabelRef
  readonly inline: Decoded['inline']
  readonly issues: readonly FieldIssue[]
}

const NOTHING: Used = { inline: [], issues: [] }

/** What a deployment of any sort runs, in the words of its spec. */
export interface Runs {
  readonly spec: JsonObject
  readonly all: readonly Used[]
}

/**
 * The model, environment and code of a deployment, each by reference or declared inline: what is inline becomes a
 * resource of its own, and the spec then names it like a registered one.
 */
export function runsOf(given: JsonObject, content: LocalContent, assets: InlineAssets): Runs {
  const { model: m, environment: e } = assets
  const model = usedAsset(given.model, 'Model', ['model'], content, m.decode)
  const environment = usedAsset(
    given.environment,
    'Environment',
    ['environment'],
    content,
    e.decode,
  )
  const code = codeOf(given.code_configuration, content, assets.code.decode)
  const script = isObject(given.code_configuration) && given.code_configuration.scoring_script
  const spec = defined({
    model: model.text,
    environment: environment.text,
    code_configuration: script ? defined({ code: code.text, scoring_script: script }) : undefined,
  })
  return { spec, all: [model, environment, code] }
}

/** What all used assets bring along. */
export function broughtBy(used: readonly Used[]): Pick<Decoded, 'dependsOn' | 'labels' | 'inline'> {
  return {
    dependsOn: used.flatMap((one) => (one.ref === undefined ? [] : [one.ref])),
    labels: used.flatMap((one) => (one.label === undefined ? [] : [one.label])),
    inline: used.flatMap((one) => one.inline),
  }
}

/** Those fields of a manifest that nobody has complained about yet, so that all issues are told at once. */
export function soundFields(input: JsonObject, wrong: readonly FieldIssue[]): JsonObject {
  if (wrong.length === 0) return input
  const bad = new Set(wrong.map(({ path }) => path[0]))
  return Object.fromEntries(Object.entries(input).filter(([name]) => !bad.has(name)))
}

/** Reads one asset: a reference, or a mapping that declares it; anything else was refused by the schema. */
export function usedAsset(
  value: Json | undefined,
  kind: AssetKind,
  path: Path,
  content: LocalContent,
  decode: InlineDecoder,
): Used {
  if (isObject(value)) return declared(decode(value, content), path)
  if (typeof value !== 'string') return NOTHING
  if (kind === 'Environment' && value.startsWith(FILE)) {
    return includedAsset(value.slice(FILE.length), path, content, decode)
  }
  const refuse = (message: string): Used => {
    const issue = { path, reason: 'InvalidReference', message: `"${path.at(-1)}" ${message}` }
    return { inline: [], issues: [issue] }
  }
  // As the CLI has it, which takes a bare id for nothing of its own.
  if (value.startsWith('/') && (kind === 'Model' || kind === 'Environment')) {
    return refuse('must begin with "azureml:" where it is an ARM id')
  }
  const reference = referenceOf(value, kind)
  if (typeof reference === 'string') return refuse(reference)
  const text = referenceText(reference)
  if (reference.form === 'id') return { ...NOTHING, text }
  const { name } = reference
  if (reference.form === 'version') {
    return { ...NOTHING, text, ref: { kind, name, version: reference.version } }
  }
  if (kind === 'Code') return refuse('needs a version: codes have no labels')
  if (kind === 'Data') return refuse('needs a version: labels of data are not followed')
  return { ...NOTHING, text, label: { kind, name, label: reference.label } }
}

const FILE = 'file:'

/** What another file declares, as if it stood here. */
function includedAsset(
  file: string,
  path: Path,
  content: LocalContent,
  decode: InlineDecoder,
): Used {
  const found = content.manifest(file, path)
  if ('reason' in found) return { inline: [], issues: [found] }
  const decoded = decode(found.fields, found.content)
  if (!isIssues(decoded)) return declared(decoded, path)
  const issues = decoded.map(({ path: inside, reason, message }) => {
    const where = inside.length === 0 ? '' : ` at ${shown(inside.join('.'))}`
    return { path, reason, message: `${shown(file)}${where}: ${message}` }
  })
  return { inline: [], issues }
}

function declared(decoded: Decoded | readonly FieldIssue[], path: Path): Used {
  if (isIssues(decoded)) return { inline: [], issues: decoded.map((issue) => at(issue, path)) }
  const { ref, spec, dependsOn, labels, upload, inline } = decoded
  const version = ref.version ?? ''
  const own = { ref, spec, dependsOn, labels, ...(upload === undefined ? {} : { upload }) }
  return {
    text: referenceText({ form: 'version', name: ref.name, version }),
    ref,
    inline: [...inline, own],
    issues: [],
  }
}

function codeOf(
  configuration: Json | undefined,
  content: LocalContent,
  decode: InlineDecoder,
): Used {
  const code = isObject(configuration) ? configuration.code : undefined
  const script = isObject(configuration) ? configuration.scoring_script : undefined
  if (typeof code !== 'string' || typeof script !== 'string') return NOTHING
  const path = ['code_configuration', 'code']
  if (/^azureml:|^\/subscriptions\//i.test(code)) {
    return usedAsset(code, 'Code', path, content, decode)
  }
  const decoded = decode({ path: code }, content)
  if (isIssues(decoded)) return { inline: [], issues: decoded.map((issue) => ({ ...issue, path })) }
  const name = script.replace(/^\.\//, '')
  if (!decoded.upload?.files.some((file) => file.path === name)) {
    const names = (decoded.upload?.files ?? []).map((file) => file.path)
    const why = leftOut(content, code, name) || hintFor(name, names)
    const message = `there is no ${shown(script)} in the code folder${why}`
    const place = ['code_configuration', 'scoring_script']
    return { inline: [], issues: [{ path: place, reason: 'FileNotFound', message }] }
  }
  return declared(decoded, path)
}

/** `codeConfiguration` for what `runsOf` put into a spec; undefined when there is none. */
export function codeToArm(code: Json | undefined, context: ArmContext): JsonObject | undefined {
  if (!isObject(code)) return undefined
  const codeId = typeof code.code === 'string' ? armIdOf(code.code, 'Code', context) : undefined
  return defined({ codeId, scoringScript: code.scoring_script })
}

/** The ARM id for a reference in a spec; undefined when there is none. */
export function assetToArm(
  text: Json | undefined,
  kind: AssetKind,
  context: ArmContext,
): string | undefined {
  return typeof text === 'string' ? armIdOf(text, kind, context) : undefined
}
