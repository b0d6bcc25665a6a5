import { keyOf } from '../../../src/core/model/ref.ts'
import { onceByText } from '../../../src/core/model/values/once.ts'

/** What a call speaks to. `key` is the same for every spelling: `online/fraud`, `online/fraud/blue`, `models/fraud/1`. */
export interface Target {
  readonly kind: 'endpoint' | 'deployment' | 'asset' | 'other'
  readonly key: string
  readonly isList: boolean
  readonly route?: 'online' | 'batch'
  /** Names in lower case. */
  readonly endpoint?: string
  readonly deployment?: string
}

const ROUTES: Readonly<Record<string, 'online' | 'batch'>> = {
  onlineendpoints: 'online',
  batchendpoints: 'batch',
}
const ASSETS: ReadonlySet<string> = new Set(['models', 'environments', 'codes', 'data'])

/** The path of ARM, with or without what comes before the workspace's own part and the query behind it. */
export const targetOf = onceByText(5000, read)

function read(path: string): Target {
  const [bare = ''] = path.split('?')
  const own = bare.replace(/^.*\/workspaces\/[^/]+\//, '').replace(/^\/+|\/+$/g, '')
  const [collection = '', name, below, child, ...rest] = own.toLowerCase().split('/')
  const route = ROUTES[collection]
  if (route !== undefined)
    return endpointTarget(route, own.toLowerCase(), [name, below, child, ...rest])
  const isAsset = ASSETS.has(collection)
  const key = isAsset ? [collection, name, child].filter(Boolean).join('/') : own.toLowerCase()
  const isWhole = isAsset && below === 'versions' && child !== undefined && rest.length === 0
  return { kind: isWhole ? 'asset' : 'other', key, isList: isAsset && !isWhole }
}

function endpointTarget(
  route: 'online' | 'batch',
  path: string,
  [endpoint, below, deployment, ...rest]: readonly (string | undefined)[],
): Target {
  if (endpoint === undefined) return { kind: 'endpoint', key: route, isList: true, route }
  if (below === undefined)
    return { kind: 'endpoint', key: `${route}/${endpoint}`, isList: false, route, endpoint }
  if (below !== 'deployments' || rest.length > 0)
    return { kind: 'other', key: path, isList: false, route, endpoint }
  const base = { kind: 'deployment', route, endpoint } as const
  if (deployment === undefined) return { ...base, key: `${route}/${endpoint}`, isList: true }
  return { ...base, key: `${route}/${endpoint}/${deployment}`, isList: false, deployment }
}

/** An endpoint with all its deployments: what Azure changes one thing at a time in. Undefined for everything else. */
export function treeOf({ route, endpoint }: Target): string | undefined {
  return route === undefined || endpoint === undefined ? undefined : `${route}/${endpoint}`
}

/** The key with which an endpoint's record is sealed. */
export function recordKeyOf(route: 'online' | 'batch', endpoint: string): string {
  return keyOf({ kind: route === 'online' ? 'OnlineEndpoint' : 'BatchEndpoint', name: endpoint })
}
