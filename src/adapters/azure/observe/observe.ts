import { labelKey } from '../../../core/model/desired.ts'
import type { Live, World } from '../../../core/model/live.ts'
import { cleanText } from '../../../core/model/redact/redact.ts'
import { distinct, keyOf, type Ref, scopeOf } from '../../../core/model/ref.ts'
import type { Wanted } from '../../../reconcile/ports.ts'
import { endOfLog } from '../endpoints/container-log.ts'
import { readFailure } from '../http/error-body.ts'
import { inParallel } from '../http/in-parallel.ts'
import { objectOf } from '../http/whole-body.ts'
import { failedWith, type Operation, operationOf } from './kept.ts'
import { versionOf } from './labels.ts'
import { type Asset, assetOf, orNothing, type Reading } from './reading.ts'
import { treesOf } from './trees.ts'

const FAILURES_MAX = 1000

/**
 * Reads a workspace: its endpoints of both sorts whole, of their deployments what is due, and of assets and labels what is wanted.
 * An asset is there as it was read, archived or not.
 */
export async function observeWorkspace(
  reading: Reading,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<World> {
  const workspace = await reading.workspace(signal)
  const width = reading.limits.concurrentReads
  const online = await treesOf(reading, 'OnlineDeployment', wanted, signal)
  const batch = await treesOf(reading, 'BatchDeployment', wanted, signal)
  if (online.failure !== undefined && batch.failure !== undefined) throw online.failure
  const assets = await inParallel(distinct(wanted.assets), width, (ref) =>
    versionRead(reading, ref, signal),
  )
  const versions = await inParallel(wanted.labels, width, (label) =>
    versionOf(reading, label, signal),
  )
  const listed = [...online.lives, ...batch.lives]
  const unlisted = await readUnlisted(reading, wanted.unlisted?.(listed) ?? [], signal)
  const found = [...listed, ...unlisted.lives, ...assets.flatMap(({ live }) => live ?? [])]
  const resources = await inParallel(found, width, (live) => withFailure(reading, live, signal))
  const labels = wanted.labels.flatMap((label, index) => {
    const version = versions[index]
    return version === undefined ? [] : [[labelKey(label), version] as const]
  })
  const complete = online.complete && batch.complete
  const unreadAssets = distinct(wanted.assets).filter(
    (_, place) => assets[place]?.complete !== true,
  )
  const directly = [...unreadAssets, ...unlisted.unread].map(scopeOf)
  const unread = new Set([...online.unread, ...batch.unread, ...directly])
  const { absent } = unlisted
  const failure = online.failure ?? batch.failure
  return {
    ...{ workspace, resources, labels: Object.fromEntries(labels), absent, complete, unread },
    ...(reading.endpoints.isPutOff() ? { isPutOff: true } : {}),
    ...(failure === undefined ? {} : { failure }),
  }
}

/** A version of an asset, as it is or as it was a short while ago. */
async function versionRead(reading: Reading, ref: Ref, signal: AbortSignal): Promise<Asset> {
  const { resting } = reading
  const live = resting.get(ref)
  if (live !== undefined) return { live, complete: true }
  const asset = await assetOf(reading, ref, signal)
  if (asset.live !== undefined) resting.add(asset.live)
  return asset
}

/** What the lists do not show and may be there all the same, each by a GET; from then on it is read so. */
async function readUnlisted(
  reading: Reading,
  refs: readonly Ref[],
  signal: AbortSignal,
): Promise<{
  readonly lives: readonly Live[]
  readonly absent: ReadonlySet<string>
  readonly unread: readonly Ref[]
}> {
  const width = reading.limits.concurrentReads
  const read = await inParallel(refs, width, async (ref) => ({
    ref,
    ...(await assetOf(reading, ref, signal)),
  }))
  for (const { ref, live } of read) if (live !== undefined) reading.staleEntries.add(ref)
  const isAbsent = ({ live, complete }: (typeof read)[number]): boolean =>
    complete && live === undefined
  return {
    lives: read.flatMap(({ live }) => live ?? []),
    absent: new Set(read.filter(isAbsent).map(({ ref }) => keyOf(ref))),
    unread: read.filter(({ complete }) => !complete).map(({ ref }) => ref),
  }
}

/** Why a Failed thing failed. The document may be gone, elsewhere or unreadable: then it failed without a reason. */
async function withFailure(reading: Reading, live: Live, signal: AbortSignal): Promise<Live> {
  const operation = live.phase === 'Failed' ? operationOf(live) : undefined
  if (operation === undefined) return live
  const known = reading.failures.get(operation.name)
  const failure = known ?? (await failureAt(reading, live.ref, operation, signal))
  return failure === undefined ? live : failedWith(live, failure)
}

async function failureAt(
  reading: Reading,
  ref: Ref,
  { name, link }: Operation,
  signal: AbortSignal,
): Promise<Live['failure']> {
  const { client, failures } = reading
  const failure = await orNothing(reading, signal, async () => {
    const response = await client.follow(link, signal)
    if (response.status !== 200) return undefined
    return readFailure(objectOf(response, 'GET operation').error)
  })
  if (failure === undefined) return undefined
  if (failures.size >= FAILURES_MAX) failures.clear()
  const { code, message } = failure
  const hasLog = ref.kind === 'OnlineDeployment'
  const log = hasLog ? await endOfLog(reading, ref, message, signal) : undefined
  const told = { code, message: cleanText(message), ...(log === undefined ? {} : { log }) }
  failures.set(name, told)
  return told
}
