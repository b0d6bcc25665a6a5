import { basisOf } from '../../../core/model/basis.ts'
import type { Live } from '../../../core/model/live.ts'
import { ENDPOINT_OF, keyOf, type Ref } from '../../../core/model/ref.ts'
import { textIn } from '../../../core/model/values/json.ts'
import { CloudError, type Wanted } from '../../../reconcile/ports.ts'
import type { Collection } from '../http/client.ts'
import { inParallel } from '../http/in-parallel.ts'
import { type Listing, readPages } from '../http/pages.ts'
import { isSegment } from '../paths.ts'
import { liveOf } from './live.ts'
import type { Turns } from './looks.ts'
import { assetOf, orFailure, orNothing, type Reading } from './reading.ts'

type DeploymentKind = keyof typeof ENDPOINT_OF

/** Endpoints with their deployments. `complete` is false when endpoints may be missing. */
export interface Trees {
  readonly lives: readonly Live[]
  readonly complete: boolean
  /** Keys of endpoints of whose deployments some may be missing; the kind, where no endpoint of it is known. */
  readonly unread: readonly string[]
  /** Why the endpoints could not be listed. */
  readonly failure?: CloudError
}

/** One endpoint with its deployments; some may be missing when it is not complete. */
type Tree = Pick<Trees, 'lives' | 'complete'>

/** Every endpoint of one sort with its deployments, as they are or as they were read last. */
export async function treesOf(
  reading: Reading,
  kind: DeploymentKind,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Trees> {
  const { closely = NONE } = wanted
  const read = await orFailure(reading, signal, () => endpointsOf(reading, kind, wanted, signal))
  if (read instanceof CloudError) return treesKnown(reading, kind, read, closely, signal)
  const { endpoints, complete, isWhole } = read
  const due = dueOf(reading, kind, endpoints, { closely, turns: isWhole ? 'serving' : 'none' })
  const again = await readAgain(reading, kind, endpoints, signal)
  const trees = await inParallel(endpoints, reading.limits.concurrentReads, async (endpoint) => {
    const key = keyOf(endpoint.ref)
    const known = due.has(key) ? undefined : reading.looks.known(endpoint.ref)
    return (
      again.get(key) ?? (known && whole(endpoint, known)) ?? treeOf(reading, kind, endpoint, signal)
    )
  })
  return { ...joined(endpoints, trees), complete }
}

const NONE: ReadonlySet<string> = new Set()

interface EndpointsRead {
  readonly endpoints: readonly Live[]
  readonly complete: boolean
  readonly isWhole: boolean
}

/** The endpoints of one sort: by their list, or those that move by a GET each. */
async function endpointsOf(
  reading: Reading,
  deployment: DeploymentKind,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<EndpointsRead> {
  const kind = ENDPOINT_OF[deployment]
  const turn = reading.endpoints.turn(kind, wanted, reading.staleEntries.about(kind, undefined))
  if (turn.by === 'get' && (await areRead(reading, turn.refs, signal)))
    return { endpoints: reading.endpoints.known(kind) ?? [], complete: true, isWhole: false }
  const { items, complete, pages } = await settled(reading, { kind }, signal)
  const endpoints = items.map((body) =>
    believed(reading, liveOf({ kind, name: textIn(body.name) }, body)),
  )
  const isWhole = turn.by === 'list' && turn.isWhole
  reading.endpoints.listed(kind, endpoints, { pages, complete, isWhole })
  return { endpoints: reading.endpoints.known(kind) ?? [], complete, isWhole }
}

/** Whether each of these is there and could be read; what is not so is for the list to tell. */
async function areRead(
  reading: Reading,
  refs: readonly Ref[],
  signal: AbortSignal,
): Promise<boolean> {
  const { endpoints, staleEntries, limits } = reading
  const assets = await inParallel(refs, limits.concurrentReads, (ref) =>
    assetOf(reading, ref, signal),
  )
  for (const [place, { complete }] of assets.entries())
    if (!complete) endpoints.hide(refs[place] as Ref)
  const lives = assets.flatMap(({ live }) => (live && isSegment(live.body.name) ? [live] : []))
  if (lives.length < refs.length) return false
  for (const { ref, body } of lives) {
    const named = { ...ref, name: textIn(body.name) }
    endpoints.read(believed(reading, liveOf(named, body)))
    staleEntries.shown(named)
  }
  return true
}

function joined(
  endpoints: readonly Live[],
  trees: readonly Tree[],
): Pick<Trees, 'lives' | 'unread'> {
  const incomplete = endpoints.filter((_, place) => trees[place]?.complete !== true)
  return {
    lives: trees.flatMap((tree) => tree.lives),
    unread: incomplete.map(({ ref }) => keyOf(ref)),
  }
}

/** Which are to be read with their deployments now. */
function dueOf(
  { looks, staleEntries }: Reading,
  kind: DeploymentKind,
  endpoints: readonly Live[],
  { closely, turns }: { readonly closely: ReadonlySet<string>; readonly turns: Turns },
): ReadonlySet<string> {
  const stale = endpoints
    .map(({ ref }) => ref)
    .filter(({ name }) => staleEntries.about(kind, name).length > 0)
  const asked = new Set([...closely, ...stale.map(keyOf)])
  return looks.due(ENDPOINT_OF[kind], endpoints, asked, turns)
}

/**
 * Where endpoints cannot be listed: each that is looked at closely, or whose turn it is, by a GET of its own, so that users
 * are watched over. The others are as they were read last, and nobody writes to them.
 */
async function treesKnown(
  reading: Reading,
  kind: DeploymentKind,
  failure: CloudError,
  closely: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Trees> {
  const before = reading.endpoints.known(ENDPOINT_OF[kind])
  if (before === undefined)
    return { lives: [], complete: false, unread: [ENDPOINT_OF[kind]], failure }
  const due = dueOf(reading, kind, before, { closely, turns: 'all' })
  const trees = await inParallel(before, reading.limits.concurrentReads, async (endpoint) => {
    if (!due.has(keyOf(endpoint.ref))) return asBefore(reading, endpoint)
    const { live, complete } = await assetOf(reading, endpoint.ref, signal)
    if (live !== undefined) return treeOf(reading, kind, live, signal)
    return complete ? { lives: [], complete } : asBefore(reading, endpoint)
  })
  return { ...joined(before, trees), complete: false, failure }
}

function asBefore({ looks }: Reading, endpoint: Live): Tree {
  const { lives, complete } = unread(endpoint)
  return { lives: [...lives, ...(looks.known(endpoint.ref) ?? [])], complete }
}

/**
 * Those whose deployments could not be read last time. One is tried, and the more of the others the better that goes: what
 * never answers costs a look the time of one answer at most.
 */
async function readAgain(
  reading: Reading,
  kind: DeploymentKind,
  endpoints: readonly Live[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Tree>> {
  const failing = reading.failing.among(endpoints)
  const read = new Map(failing.map(({ endpoint }) => [keyOf(endpoint.ref), unread(endpoint)]))
  const left = failing.filter(({ isDue }) => isDue).map(({ endpoint }) => endpoint)
  for (let count = 1; left.length > 0; count *= 2) {
    const some = left.splice(0, count)
    const trees = await inParallel(some, reading.limits.concurrentReads, (endpoint) =>
      treeOf(reading, kind, endpoint, signal),
    )
    for (const [place, tree] of trees.entries()) read.set(keyOf((some[place] as Live).ref), tree)
    if (trees.some(({ complete }) => !complete)) break
  }
  return read
}

function whole(endpoint: Live, deployments: readonly Live[]): Tree {
  return { lives: [endpoint, ...deployments], complete: true }
}

/** It counts as moving: nobody writes to it. */
function unread(endpoint: Live): Tree {
  return { lives: [{ ...endpoint, phase: 'Provisioning' }], complete: false }
}

/** An endpoint with its deployments, as they are read now. */
async function treeOf(
  reading: Reading,
  kind: DeploymentKind,
  endpoint: Live,
  signal: AbortSignal,
): Promise<Tree> {
  const parent = endpoint.ref.name
  const listing = await orNothing(reading, signal, () => settled(reading, { kind, parent }, signal))
  if (listing === undefined) {
    reading.failing.add(endpoint.ref)
    return unread(endpoint)
  }
  const deployments = listing.items.map((item) =>
    believed(reading, liveOf({ kind, name: textIn(item.name), parent }, item)),
  )
  reading.failing.delete(endpoint.ref)
  const kept = listing.complete ? reading.looks.add(endpoint, deployments) : deployments
  return { lives: [endpoint, ...kept], complete: listing.complete }
}

/** What the list before showed and this whole one does not, and what it shows as it was before. */
function noteStaleEntries(
  { staleEntries, ages }: Reading,
  { kind, parent }: Collection,
  { items, complete }: Listing,
): void {
  const names = items.map(({ name }) => textIn(name))
  if (complete) staleEntries.listed(kind, parent, names)
  for (const body of items) {
    const ref = { kind, name: textIn(body.name), ...(parent !== undefined && { parent }) }
    if (ages.isOutdated(ref, body)) staleEntries.add(ref)
  }
}

/** What shows less than was read before may be changing still: nobody writes to it. */
function believed({ ages }: Reading, live: Live): Live {
  return ages.isOutdated(live.ref, live.body) ? { ...live, phase: 'Provisioning' } : live
}

/** The list, with its stale entries read by GET: a list may lag behind, and leave out or shorten what a GET shows. */
async function settled(
  reading: Reading,
  collection: Collection,
  signal: AbortSignal,
): Promise<Listing> {
  const { client, limits, clock, staleEntries } = reading
  const listing = await readPages(collection, { client, limits, now: clock.now, signal })
  noteStaleEntries(reading, collection, listing)
  const stale = staleEntries.about(collection.kind, collection.parent)
  if (stale.length === 0) return listing
  const items = new Map(listing.items.map((item) => [textIn(item.name).toLowerCase(), item]))
  const assets = await inParallel(stale, limits.concurrentReads, (ref) =>
    assetOf(reading, ref, signal),
  )
  for (const [index, ref] of stale.entries()) {
    const { live, complete: isKnown } = assets[index] ?? { live: undefined, complete: false }
    const key = ref.name.toLowerCase()
    if (isKnown && basisOf(items.get(key)) === basisOf(live?.body)) staleEntries.drop(ref)
    if (live && isSegment(live.body.name)) items.set(key, live.body)
    else if (isKnown) items.delete(key)
  }
  const complete = listing.complete && assets.every((asset) => asset.complete)
  return { ...listing, items: [...items.values()], complete }
}
