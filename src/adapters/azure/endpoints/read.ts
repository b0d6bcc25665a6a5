import type { Live } from '../../../core/model/live.ts'
import { DEPLOYMENT_OF, type KindName } from '../../../core/model/ref.ts'
import { textIn } from '../../../core/model/values/json.ts'
import type { ArmClient } from '../http/client.ts'
import { cloudErrorOf } from '../http/errors.ts'
import { readPages } from '../http/pages.ts'
import { objectOf } from '../http/whole-body.ts'
import type { Limits } from '../limits.ts'
import { liveOf } from '../observe/live.ts'

export type EndpointKind = keyof typeof DEPLOYMENT_OF

/** An endpoint and its deployments, as Azure has them now. */
export interface EndpointTree {
  readonly kind: EndpointKind
  readonly endpoint: Live
  readonly deployments: readonly Live[]
}

export interface EndpointReading {
  readonly client: ArmClient
  readonly limits: Limits
  readonly now: () => number
}

const KINDS: readonly EndpointKind[] = ['OnlineEndpoint', 'BatchEndpoint']

/** The online endpoint of this name, else the batch endpoint; undefined = neither is there. Throws a CloudError. */
export async function readEndpoint(
  reading: EndpointReading,
  name: string,
  signal: AbortSignal,
): Promise<EndpointTree | undefined> {
  for (const kind of KINDS) {
    const endpoint = await readOne(reading, kind, name, signal)
    if (endpoint === undefined) continue
    return { kind, endpoint, deployments: await deploymentsOf(reading, kind, name, signal) }
  }
  return undefined
}

async function readOne(
  { client, now }: EndpointReading,
  kind: EndpointKind,
  name: string,
  signal: AbortSignal,
): Promise<Live | undefined> {
  const response = await client.get({ kind, name }, signal)
  if (response.status === 404) return undefined
  const what = `GET ${name}`
  if (response.status !== 200) throw cloudErrorOf(response, what, now())
  const body = objectOf(response, what)
  return liveOf({ kind, name: typeof body.name === 'string' ? body.name : name }, body)
}

async function deploymentsOf(
  reading: EndpointReading,
  kind: EndpointKind,
  parent: string,
  signal: AbortSignal,
): Promise<readonly Live[]> {
  const deployment = DEPLOYMENT_OF[kind]
  const { items } = await readPages({ kind: deployment, parent }, { ...reading, signal })
  return items.map((body) => liveOf({ kind: deployment, parent, name: textIn(body.name) }, body))
}

/** The names of all endpoints of the workspace, sorted. Throws a CloudError. */
export async function endpointNames(
  reading: EndpointReading,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const listed = KINDS.map((kind: KindName & EndpointKind) =>
    readPages({ kind }, { ...reading, signal }),
  )
  const lists = await Promise.all(listed)
  return lists.flatMap(({ items }) => items.map(({ name }) => textIn(name))).sort()
}
