import { basisOf } from '../../core/model/basis.ts'
import { type LabelRef, labelKey } from '../../core/model/desired.ts'
import { isObject, type JsonObject } from '../../core/model/json.ts'
import type { Live, Workspace, World } from '../../core/model/live.ts'
import { type KindName, keyOf, type Ref } from '../../core/model/ref.ts'
import { cleanText } from '../../lib/redact.ts'
import { type Clock, CloudError, type Wanted } from '../../reconcile/ports.ts'
import type { ArmClient, Collection } from './client.ts'
import type { Doubts } from './doubts.ts'
import { readFailure } from './error-body.ts'
import { cloudErrorOf } from './errors.ts'
import { inParallel } from './in-parallel.ts'
import type { Limits } from './limits.ts'
import { liveOf, operationOf } from './live.ts'
import { type Listing, readPages } from './pages.ts'
import { isSegment } from './paths.ts'
import { isShallow, objectOf, type RawResponse } from './whole-body.ts'

export interface Reading {
  readonly client: ArmClient
  readonly limits: Limits
  readonly clock: Clock
  readonly workspace: (signal: AbortSignal) => Promise<Workspace>
  /** Reasons already read, by the operation's address: a finished operation does not change. */
  readonly failures: Map<string, NonNullable<Live['failure']>>
  readonly doubts: Doubts
}

const FAILURES_MAX = 1000

/** Reads a workspace: its endpoints and their deployments whole, and of assets and labels what is wanted. */
export async function observeWorkspace(
  reading: Reading,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<World> {
  const workspace = await reading.workspace(signal)
  const width = reading.limits.concurrentReads
  const listed = await pagesOf(reading, { kind: 'OnlineEndpoint' }, signal)
  const endpoints = await settled(reading, listed, 'OnlineEndpoint', undefined, signal)
  const trees = await inParallel(endpoints.items, width, (body) => treeOf(reading, body, signal))
  const assets = await inParallel(distinct(wanted.assets), width, (ref) =>
    assetOf(reading, ref, signal),
  )
  const versions = await inParallel(wanted.labels, width, (label) =>
    versionOf(reading, label, signal),
  )
  const found = [
    ...trees.flatMap((tree) => tree.lives),
    ...assets.flatMap(({ live }) => live ?? []),
  ]
  const resources = await inParallel(found, width, (live) => withFailure(reading, live, signal))
  const labels = wanted.labels.flatMap((label, index) => {
    const version = versions[index]
    return version === undefined ? [] : [[labelKey(label), version] as const]
  })
  const complete = [endpoints, ...trees, ...assets].every((part) => part.complete)
  return { workspace, resources, labels: Object.fromEntries(labels), complete }
}

function pagesOf(
  { client, limits, clock }: Reading,
  collection: Collection,
  signal: AbortSignal,
): Promise<Listing> {
  return readPages(collection, { client, limits, now: clock.now, signal })
}

/** The list with what was doubted read directly: a list may lag behind, and leave out or shorten what a GET shows. */
async function settled(
  reading: Reading,
  listing: Listing,
  kind: KindName,
  parent: string | undefined,
  signal: AbortSignal,
): Promise<Listing> {
  const doubted = reading.doubts.about(kind, parent)
  if (doubted.length === 0) return listing
  const items = new Map(listing.items.map((item) => [String(item.name).toLowerCase(), item]))
  const assets = await inParallel(doubted, reading.limits.concurrentReads, (ref) =>
    assetOf(reading, ref, signal),
  )
  for (const [index, ref] of doubted.entries()) {
    const { live, complete: isKnown } = assets[index] ?? { live: undefined, complete: false }
    const key = ref.name.toLowerCase()
    if (isKnown && basisOf(items.get(key)) === basisOf(live?.body)) reading.doubts.drop(ref)
    if (live && isSegment(live.body.name)) items.set(key, live.body)
    else if (isKnown) items.delete(key)
  }
  const complete = listing.complete && assets.every((asset) => asset.complete)
  return { items: [...items.values()], complete }
}

interface Tree {
  readonly lives: readonly Live[]
  readonly complete: boolean
}

/** An endpoint with its deployments. When these cannot be read, the endpoint counts as moving: nobody writes to it. */
async function treeOf(reading: Reading, body: JsonObject, signal: AbortSignal): Promise<Tree> {
  const endpoint = liveOf({ kind: 'OnlineEndpoint', name: String(body.name) }, body)
  const { name } = endpoint.ref
  const listing = await orNothing(signal, async () => {
    const listed = await pagesOf(reading, { kind: 'OnlineDeployment', parent: name }, signal)
    return settled(reading, listed, 'OnlineDeployment', name, signal)
  })
  if (listing === undefined) {
    return { lives: [{ ...endpoint, phase: 'Provisioning' }], complete: false }
  }
  const deployments = listing.items.map((item) =>
    liveOf({ kind: 'OnlineDeployment', name: String(item.name), parent: endpoint.ref.name }, item),
  )
  return { lives: [endpoint, ...deployments], complete: listing.complete }
}

interface Asset {
  readonly live: Live | undefined
  readonly complete: boolean
}

async function assetOf(reading: Reading, ref: Ref, signal: AbortSignal): Promise<Asset> {
  const what = `GET ${keyOf(ref)}`
  const body = await orNothing(signal, async () => {
    const response = await reading.client.get(ref, signal)
    if (response.status === 404) return 'absent'
    return wantedBody(reading, response, what)
  })
  if (body === 'absent') return { live: undefined, complete: true }
  return body === undefined
    ? { live: undefined, complete: false }
    : { live: liveOf(ref, body), complete: true }
}

/** Only `latest` is settled by listing, as the CLI does (FACTS 5.1); any other label does not resolve. */
async function versionOf(
  reading: Reading,
  label: LabelRef,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (label.label !== 'latest') return undefined
  return orNothing(signal, async () => {
    const response = await reading.client.newest(label, signal)
    if (response.status === 404) return undefined
    const body = wantedBody(reading, response, `LIST ${labelKey(label)}`)
    const [first] = Array.isArray(body.value) ? body.value : []
    return isObject(first) && typeof first.name === 'string' ? first.name : undefined
  })
}

/** Why a Failed thing failed. The document may be gone, elsewhere or unreadable: then it failed without a reason. */
async function withFailure(reading: Reading, live: Live, signal: AbortSignal): Promise<Live> {
  const link = live.phase === 'Failed' ? operationOf(live.body) : undefined
  if (link === undefined) return live
  const failure = reading.failures.get(link) ?? (await failureAt(reading, link, signal))
  return failure === undefined ? live : { ...live, failure }
}

async function failureAt(
  { client, failures }: Reading,
  link: string,
  signal: AbortSignal,
): Promise<Live['failure']> {
  const failure = await orNothing(signal, async () => {
    const response = await client.follow(link, signal)
    if (response.status !== 200) return undefined
    return readFailure(objectOf(response, 'GET operation').error)
  })
  if (failure === undefined) return undefined
  if (failures.size >= FAILURES_MAX) failures.clear()
  const clean = { code: failure.code, message: cleanText(failure.message) }
  failures.set(link, clean)
  return clean
}

/** What one poison thing must not do is stop the reading of all others; what concerns all of them is thrown. */
async function orNothing<Result>(
  signal: AbortSignal,
  read: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await read()
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof CloudError)) throw error
    if (error.errorClass === 'auth' || error.reason === 'Throttled') throw error
    return undefined
  }
}

function wantedBody({ limits, clock }: Reading, response: RawResponse, what: string): JsonObject {
  if (response.status !== 200) throw cloudErrorOf(response, what, clock.now())
  const body = objectOf(response, what)
  if (isShallow(body, limits.depthMax)) return body
  throw new CloudError({
    reason: 'UnreadableAnswer',
    message: `${what}: the answer is nested too deeply.`,
    errorClass: 'service',
    retry: 'Later',
  })
}

function distinct(refs: readonly Ref[]): readonly Ref[] {
  return [...new Map(refs.map((ref) => [keyOf(ref), ref])).values()]
}
