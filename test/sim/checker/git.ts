import { parseAllDocuments } from 'yaml'
import { isObject } from '../../../src/core/model/values/json.ts'

/** One manifest, as far as invariants ask. Names in lower case. */
export interface Declared {
  readonly kind: 'endpoint' | 'deployment' | 'rollout' | 'asset' | 'other'
  readonly route: 'online' | 'batch'
  readonly endpoint: string
  readonly deployment?: string
  readonly spec: Readonly<Record<string, unknown>>
  readonly annotations: Readonly<Record<string, unknown>>
}

/** Where traffic goes on its way to a new revision, and how long it stays there at least. */
export interface Road {
  readonly endpoint: string
  readonly form: 'template' | 'explicit'
  /** Weights of the candidate in their order; the last is 100. */
  readonly weights: readonly number[]
  /** Waits between weight n and the one behind it, in ms; undefined = somebody has to say `promote`. The last is the bake. */
  readonly waits: readonly (readonly (number | undefined)[])[]
  /** Before the first weight somebody has to say `promote`. */
  readonly waitsFirst: boolean
  readonly slots: readonly string[]
  readonly keepMs: number
  readonly isJudged: boolean
  readonly hasVerify: boolean
  readonly onNewCommit: string
  readonly onFailure: string
  readonly template?: Readonly<Record<string, unknown>>
}

export interface Commit {
  readonly application: string
  /** Place in the trace. */
  readonly seq: number
  readonly at: number
  readonly revision: string
  readonly forced: boolean
  readonly isBroken: boolean
  readonly files: Readonly<Record<string, string>>
  readonly declared: readonly Declared[]
  readonly roads: readonly Road[]
}

type Fields = Readonly<Record<string, unknown>>

/** Reads manifests by itself, and only what it needs: it is not the controller's reader. */
export function readCommit(
  said: Pick<Commit, 'application' | 'seq' | 'at' | 'revision' | 'forced' | 'files'>,
): Commit {
  const key = JSON.stringify(said.files)
  const content = contents.get(key) ?? contentOf(said.files)
  if (contents.size >= CONTENTS_MAX) contents.clear()
  contents.set(key, content)
  return { ...said, ...content }
}

type Content = Pick<Commit, 'isBroken' | 'declared' | 'roads'>

const CONTENTS_MAX = 500
/** Many traces begin with the same commits. */
const contents = new Map<string, Content>()

function contentOf(files: Commit['files']): Content {
  const declared: Declared[] = []
  let isBroken = false
  for (const [path, text] of Object.entries(files)) {
    if (!/\.ya?ml$/i.test(path)) continue
    for (const document of parseAllDocuments(text)) {
      if (document.errors.length > 0) isBroken = true
      else declared.push(...declaredIn(document.toJS()))
    }
  }
  const roads = declared.filter(({ kind }) => kind === 'rollout').map(roadIn)
  return { isBroken, declared, roads }
}

function declaredIn(document: unknown): readonly Declared[] {
  if (!isObject(document)) return []
  const isOwn = String(document.apiVersion ?? '').startsWith('verdigris.dev/')
  const metadata = fieldsOf(document.metadata)
  const spec = isOwn ? fieldsOf(document.spec) : document
  const word = isOwn ? String(document.kind) : schemaWord(document.$schema)
  const name = lower(isOwn ? metadata.name : document.name)
  const base = {
    route: /batch/i.test(word) ? 'batch' : 'online',
    spec,
    annotations: fieldsOf(metadata.annotations),
  } as const
  const kind = kindOf(word)
  if (kind === 'rollout') return [{ ...base, kind, endpoint: lower(spec.endpoint) }]
  if (kind === 'deployment')
    return [{ ...base, kind, endpoint: lower(spec.endpoint_name), deployment: name }]
  return [{ ...base, kind, endpoint: name }]
}

function kindOf(word: string): Declared['kind'] {
  if (/^rollout$/i.test(word)) return 'rollout'
  if (/deployment$/i.test(word)) return 'deployment'
  if (/endpoint$/i.test(word)) return 'endpoint'
  return /^(model|environment|data)$/i.test(word) ? 'asset' : 'other'
}

function lower(value: unknown): string {
  return String(value ?? '').toLowerCase()
}

function schemaWord(schema: unknown): string {
  return /\/([A-Za-z]+)\.schema\.json$/.exec(String(schema ?? ''))?.[1] ?? ''
}

function roadIn({ endpoint, spec }: Declared): Road {
  const strategy = fieldsOf(spec.strategy)
  const keep = fieldsOf(spec.keep)
  const steps = stepsOf(strategy)
  return {
    endpoint,
    form: spec.template === undefined ? 'explicit' : 'template',
    ...shape(steps, spanMs(spec.bake) ?? 1_800_000),
    slots: slotsOf(spec),
    keepMs: spanMs(keep.for) ?? 86_400_000,
    isJudged: Array.isArray(spec.analysis) && spec.analysis.length > 0,
    hasVerify: steps.some(({ verify }) => verify !== undefined),
    onNewCommit: String(spec.onNewCommit ?? 'supersede'),
    onFailure: String(spec.onFailure ?? 'rollback'),
    ...(isObject(spec.template) ? { template: spec.template } : {}),
  }
}

function slotsOf({ template, slots }: Fields): readonly string[] {
  if (template === undefined) return []
  return Array.isArray(slots) ? slots.map((slot) => String(slot).toLowerCase()) : ['blue', 'green']
}

function stepsOf({ canary, blueGreen }: Fields): readonly Fields[] {
  if (isObject(canary) && Array.isArray(canary.steps)) return canary.steps as readonly Fields[]
  if (!isObject(blueGreen)) return []
  const waits = blueGreen.autoPromote === false ? [{ pause: {} }] : []
  return [...(blueGreen.verify === undefined ? [] : [{ verify: blueGreen.verify }]), ...waits]
}

/** Weights in their order with the waits behind each. What comes before the first weight is not timed here. */
function shape(
  steps: readonly Fields[],
  bakeMs: number,
): Pick<Road, 'weights' | 'waits' | 'waitsFirst'> {
  const weights: number[] = []
  const waits: (number | undefined)[][] = []
  let waitsFirst = false
  for (const step of steps) {
    if (typeof step.setWeight === 'number') {
      weights.push(step.setWeight)
      waits.push([])
    }
    const wait = waitOf(step)
    if (wait === undefined) continue
    if (weights.length === 0) waitsFirst ||= wait.ms === undefined
    else waits.at(-1)?.push(wait.ms)
  }
  if (weights.at(-1) !== 100) {
    weights.push(100)
    waits.push([])
  }
  waits.at(-1)?.push(bakeMs)
  return { weights, waits, waitsFirst }
}

function waitOf({
  pause,
  analysis,
  setMirror,
}: Fields): { readonly ms: number | undefined } | undefined {
  if (isObject(pause)) return { ms: spanMs(pause.duration) }
  if (isObject(analysis)) return { ms: spanMs(analysis.for) ?? 0 }
  return isObject(setMirror) ? { ms: spanMs(setMirror.duration) ?? 0 } : undefined
}

function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {}
}

/** `1h30m`, `10s` in milliseconds. */
function spanMs(value: unknown): number | undefined {
  if (typeof value !== 'string') return typeof value === 'number' ? value * 1000 : undefined
  const units: Readonly<Record<string, number>> = {
    d: 86_400_000,
    h: 3_600_000,
    m: 60_000,
    s: 1000,
    ms: 1,
  }
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/g)]
  if (parts.length === 0) return undefined
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (units[unit] ?? 0), 0)
}

export function declares(
  commit: Commit,
  endpoint: string,
  deployment?: string,
): Declared | undefined {
  const kind = deployment === undefined ? 'endpoint' : 'deployment'
  return commit.declared.find(
    (one) => one.kind === kind && one.endpoint === endpoint && one.deployment === deployment,
  )
}

export function roadOf(commit: Commit | undefined, endpoint: string): Road | undefined {
  return commit?.roads.find((road) => road.endpoint === endpoint)
}

/** The number of instances that a commit declares for a deployment, by its manifest or by the template. */
export function declaredInstances(
  commit: Commit,
  endpoint: string,
  deployment: string,
): number | undefined {
  const spec = declares(commit, endpoint, deployment)?.spec ?? roadOf(commit, endpoint)?.template
  const count = spec?.instance_count
  return typeof count === 'number' ? count : undefined
}

/** All that a commit says of an endpoint and of what runs there, as one text: another text is another wish. */
export function wishFor({ declared, files }: Commit, endpoint: string): string {
  const own = declared.filter((one) => one.endpoint === endpoint)
  const code = Object.entries(files).filter(([path]) => !/\.(ya?ml|md)$/i.test(path))
  return JSON.stringify([
    own.map(({ kind, deployment, spec }) => [kind, deployment, spec]),
    code.sort(),
  ])
}

/** What a commit wants to serve on an endpoint, without how many instances run it: what stands beside it is nothing of that. */
export function contentFor({ declared, files }: Commit, endpoint: string): string {
  const all = declared.filter((one) => one.endpoint === endpoint && one.kind !== 'other')
  const { traffic } = all.find(({ kind }) => kind === 'endpoint')?.spec ?? {}
  const weights = (traffic ?? {}) as Fields
  const own = all.filter(
    ({ deployment }) =>
      deployment === undefined || traffic === undefined || Number(weights[deployment]) > 0,
  )
  const contents = own.map(({ kind, deployment, spec }) => {
    if (kind === 'rollout') return felt(fieldsOf(spec.template))
    if (kind === 'endpoint') return spec.traffic
    return [deployment, felt(spec)]
  })
  const code = Object.entries(files).filter(([path]) => /\.py$/i.test(path))
  return JSON.stringify([contents, code.sort()])
}

/** Without what no request can feel. */
function felt({ instance_count, tags, description, ...content }: Fields): Fields {
  return content
}
