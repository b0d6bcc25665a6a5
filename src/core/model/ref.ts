/** The kinds of thing Verdigris keeps in step. The table of their behaviour is `core/kinds/index.ts`. */
export const KIND_NAMES = [
  'OnlineEndpoint',
  'OnlineDeployment',
  'BatchEndpoint',
  'BatchDeployment',
  'Model',
  'Environment',
  'Data',
  'Code',
] as const

export type KindName = (typeof KIND_NAMES)[number]

/** Which thing is meant. Deployments name their endpoint as `parent`; assets carry a `version`. */
export interface Ref {
  readonly kind: KindName
  readonly name: string
  readonly parent?: string
  readonly version?: string
}

/** The identity of a thing, everywhere: `OnlineDeployment/fraud/blue`, `Model/fraud:8`. Azure folds case, so do we. */
export function keyOf(ref: Ref): string {
  const path = ref.parent === undefined ? ref.name : `${ref.parent}/${ref.name}`
  const version = ref.version === undefined ? '' : `:${ref.version}`
  return `${ref.kind}/${path.toLowerCase()}${version.toLowerCase()}`
}

/** Deployments live inside an endpoint of their own sort. */
export const ENDPOINT_OF = {
  OnlineDeployment: 'OnlineEndpoint',
  BatchDeployment: 'BatchEndpoint',
} as const

/** And the other way round. */
export const DEPLOYMENT_OF = {
  OnlineEndpoint: 'OnlineDeployment',
  BatchEndpoint: 'BatchDeployment',
} as const

/**
 * What must be written one at a time: an endpoint, its deployments and its traffic share one scope, because Azure
 * serialises writes per endpoint and traffic couples them. An asset is a scope of its own.
 */
export function scopeOf(ref: Ref): string {
  const { kind, parent } = ref
  if (!isDeployment(kind)) return keyOf(ref)
  return keyOf({ kind: ENDPOINT_OF[kind], name: parent ?? '' })
}

export function isDeployment(kind: KindName): kind is keyof typeof ENDPOINT_OF {
  return kind in ENDPOINT_OF
}

/** Each once. */
export function distinct(refs: readonly Ref[]): readonly Ref[] {
  return [...new Map(refs.map((ref) => [keyOf(ref), ref])).values()]
}

/** What an operator names: `fraud` is an endpoint with all its deployments; `OnlineDeployment/fraud/blue` and `Model/fraud:3` are one thing. */
export function isNamedBy(ref: Ref, target: string): boolean {
  const wanted = target.toLowerCase()
  if (wanted.includes('/')) return keyOf(ref).toLowerCase() === wanted
  const isPart = isDeployment(ref.kind) || ref.kind in DEPLOYMENT_OF
  return isPart && scopeOf(ref).toLowerCase().endsWith(`/${wanted}`)
}

/** The endpoints of both sorts that `fraud` may be, or that `OnlineDeployment/fraud/blue` belongs to. */
export function endpointsNamed(target: string): readonly Ref[] {
  const [first = '', second] = target.split('/')
  return ENDPOINT_KINDS.map((kind) => ({ kind, name: second ?? first }))
}

const ENDPOINT_KINDS = ['OnlineEndpoint', 'BatchEndpoint'] as const
