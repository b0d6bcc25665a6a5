import { KINDS } from '../../kinds/index.ts'
import type { SyncPolicy } from '../../model/application.ts'
import type { Desired } from '../../model/desired.ts'
import { isCommitId, isFolderRevision } from '../../model/git/git-ref.ts'
import type { Live, Restored, World } from '../../model/live.ts'
import { isDeployment, keyOf, scopeOf } from '../../model/ref.ts'
import type { Intent } from '../../model/rollout.ts'
import type { JsonObject } from '../../model/values/json.ts'
import { once } from '../../model/values/once.ts'
import { withValue } from '../../model/values/pointer.ts'
import { REVISION_TAG } from '../../rollout/record.ts'
import { recordIn } from '../../rollout/record-tag.ts'
import { about } from '../bug.ts'
import { differencesOf, within } from '../compare/diff.ts'
import { armContextOf, unresolvedIn } from '../compare/labels.ts'
import { pinnedContext } from '../compare/pins.ts'
import { isAskedFor } from './adoption.ts'
import { type Declarations, declarationsOf } from './declarations.ts'
import type { Neighbours } from './neighbours.ts'
import { ownerMark, ownershipOf, TAGS, type Tags, tagsOf } from './ownership.ts'
import { placeOf } from './place.ts'
import { namesOf } from './revision.ts'

/** What ownership may be restored from: Git, live state, an operator's word, and the other Applications of the process. */
export interface RestoreInput {
  readonly application: string
  readonly sync: SyncPolicy
  readonly desired: readonly Desired[]
  readonly revision: string
  readonly bases: ReadonlyMap<string, readonly Desired[]>
  readonly world: World
  readonly intents: readonly Intent[]
  readonly neighbours?: Neighbours
}

interface RestoreContext extends RestoreInput {
  readonly declared: Declarations
  /** By commit, the one in force first. */
  readonly commits: ReadonlyMap<string, Declarations>
}

/**
 * The world with our record restored where it was lost, or is to be taken over, so that all that follows sees one truth: a
 * PUT without tags (`az ml online-deployment update`) makes nothing nobody's. What is restored is written back in time.
 */
export function withRestoredOwners(input: RestoreInput): World {
  const declared = declarationsOf(input.desired)
  const earlier = [...input.bases].map(
    ([revision, desired]) => [revision, declarationsOf(desired)] as const,
  )
  const commits = new Map([[input.revision, declared], ...earlier])
  const scene: RestoreContext = { ...input, declared, commits }
  const { resources } = input.world
  return {
    ...input.world,
    resources: resources.map((live) => about(live.ref, () => restored(live, scene))),
  }
}

/** Commits recorded on what is ours by its own tags, by scope. */
const recordedByScope = once(
  ({ world, application }: RestoreContext): ReadonlyMap<string, ReadonlySet<string>> => {
    const recorded = new Map<string, Set<string>>()
    for (const live of world.resources) {
      const { ownership, revision } = ownershipOf(KINDS[live.ref.kind], live, application)
      if (ownership !== 'ours' || revision === undefined) continue
      const { scope } = placeOf(live)
      recorded.set(scope, (recorded.get(scope) ?? new Set()).add(revision))
    }
    return recorded
  },
)

/** Only what Git declares now is taken back: what it does not declare is left to whoever has it. */
function restored(live: Live, scene: RestoreContext): Live {
  if (!scene.declared.has(placeOf(live).key)) return live
  const { application } = scene
  const { ownership, revision } = ownershipOf(KINDS[live.ref.kind], live, application)
  const isOurs = ownership === 'ours'
  return isOurs && isDeclaredBy(revision, live, scene) ? live : restoredIn(live, isOurs, scene)
}

function restoredIn(live: Live, isOurs: boolean, scene: RestoreContext): Live {
  const { application } = scene
  const tags = tagsOf(KINDS[live.ref.kind], live.body)
  const mended = isOurs ? withItsCommit(live, tags, scene) : live
  if (mended.restored !== undefined || (isOurs && isRecorded(live, tags, scene))) return mended
  if (isAskedFor(live, scene)) return taken(live, tags, 'asked', scene)
  if (isOurs) return live
  if (isHandedOver(live, tags, scene)) return taken(live, tags, 'handedOver', scene)
  // The mark is made of our name and of this very thing: no copy of another one's tags has it.
  const isMarked = tags[TAGS.owner] === ownerMark(application, live.ref)
  if (tags[TAGS.application] === undefined && isMarked)
    return withTags(live, 'proven', false, { [TAGS.application]: application })
  return isLost(tags, application) ? proven(live, tags, scene) : live
}

/** The commit on it declares it, or none can: a folder has none. */
function isRecorded(live: Live, tags: Tags, scene: RestoreContext): boolean {
  const revision = tags[TAGS.revision] ?? ''
  return isFolderRevision(revision) || isDeclaredBy(revision, live, scene)
}

function isDeclaredBy(revision = '', live: Live, { commits }: RestoreContext): boolean {
  return commits.get(revision)?.has(placeOf(live).key) === true
}

/** Nobody's tag is on it, or ours without its mark. */
function isLost(tags: Tags, application: string): boolean {
  const owner = tags[TAGS.application]
  return tags[TAGS.owner] === undefined && (owner === undefined || owner === application)
}

/** Ours, but the commit on it names nothing that declares it: the one that does is put there. */
function withItsCommit(live: Live, tags: Tags, scene: RestoreContext): Live {
  const revision = tags[TAGS.revision] ?? ''
  const known = scene.commits.get(revision)
  // Of a source without history, or of a commit that was not read, nothing is known.
  const isOne = isCommitId(revision) || isFolderRevision(revision)
  const isUnknown = known === undefined && (isOne || scene.bases.size === 0)
  if (isUnknown || known?.has(keyOf(live.ref)) === true || !isWhatItSays(live)) return live
  return fromCommit(live, tags, scene)
}

/** Lost, and what belongs to it is ours: a commit recorded there declares it, and it is what a commit declares. */
function proven(live: Live, tags: Tags, scene: RestoreContext): Live {
  const key = keyOf(live.ref)
  const scope = scopeOf(live.ref)
  const beside =
    live.ref.version === undefined
      ? [...(recordedByScope(scene).get(scope) ?? [])]
      : [...recordedByScope(scene).values()].flatMap((revisions) => [...revisions])
  const wasApplied = beside.some((revision) => scene.commits.get(revision)?.has(key) === true)
  // A Rollout declares all of its slots, also those that it has not filled: which it has, its record says.
  const isSlot = beside.some((revision) => isSlotAt(revision, key, scene))
  const isOurs = wasApplied && (!isSlot || isNamedByRollout(live, scene))
  return isOurs && isWhatItSays(live) ? fromCommit(live, tags, scene) : live
}

/** What is live is read from the body; an update that failed may have left anything behind it. */
function isWhatItSays({ phase }: Live): boolean {
  return phase === 'Ready' || phase === 'Provisioning'
}

/** Whether the record of its endpoint's rollout names this deployment. */
function isNamedByRollout(live: Live, scene: RestoreContext): boolean {
  return revisionsRecorded(live, scene).length > 0
}

/** The revisions of this deployment in the record of its endpoint's rollout. */
function revisionsRecorded({ ref }: Live, { world }: RestoreContext): readonly string[] {
  const endpoint = firstAt(world.resources).get(scopeOf(ref))
  const record = endpoint && recordIn(endpoint.ref, endpoint.body)
  const { stable, candidate, previous, withdrawn } = record ?? {}
  const name = ref.name.toLowerCase()
  return [stable, candidate, previous, withdrawn].flatMap((one) =>
    one?.slot === name ? [one.rev] : [],
  )
}

const firstAt = once(
  (resources: readonly Live[]): ReadonlyMap<string, Live> =>
    new Map(resources.map((live) => [placeOf(live).key, live] as const).reverse()),
)

/** By the name that the record has for it, which may be that of an earlier release. */
function revisionFor(live: Live, names: readonly string[], scene: RestoreContext): string {
  const recorded = revisionsRecorded(live, scene).find((rev) => names.includes(rev))
  return recorded ?? names[0] ?? ''
}

/** With the record of the commit that declares what is live; as it is when there is none. */
function fromCommit(live: Live, tags: Tags, scene: RestoreContext): Live {
  // To the letter, else but for what may differ: an older commit may be what is live, and the newest one is to come.
  const found = commitOf(live, scene, TAGS_DIFFER) ?? commitOf(live, scene, MAY_DIFFER)
  if (found === undefined) return live
  const { revision, desired, body } = found
  const isSlot = isDeployment(live.ref.kind) && isSlotAt(revision, keyOf(live.ref), scene)
  const rollout = isSlot ? { [REVISION_TAG]: revisionFor(live, namesOf(desired, body), scene) } : {}
  return withTags(live, 'proven', revision === scene.revision, {
    ...ownerTags(live, tags, scene.application),
    [TAGS.revision]: revision,
    ...(tags[REVISION_TAG] === undefined ? rollout : {}),
  })
}

function commitOf(
  live: Live,
  scene: RestoreContext,
  mayDiffer: readonly string[],
): { readonly revision: string; readonly desired: Desired; readonly body: JsonObject } | undefined {
  for (const [revision, declarations] of scene.commits) {
    const desired = declarations.get(keyOf(live.ref))
    const body = desired && bodyIfEqual(live, desired, scene, mayDiffer)
    if (desired !== undefined && body !== undefined) return { revision, desired, body }
  }
  return undefined
}

function ownerTags(
  { ref }: Live,
  tags: Tags,
  application: string,
): { readonly [tag: string]: string } {
  return {
    [TAGS.application]: application,
    [TAGS.owner]: ownerMark(application, ref),
    [TAGS.generation]: tags[TAGS.generation] ?? RESTORED,
  }
}

function isSlotAt(
  revision: string,
  key: string,
  { desired, bases, ...scene }: RestoreContext,
): boolean {
  const declared = revision === scene.revision ? desired : bases.get(revision)
  return declared !== undefined && slotKeysIn(declared).has(key)
}

const slotKeysIn = once(
  (declared: readonly Desired[]): ReadonlySet<string> =>
    new Set(declared.flatMap(({ rollout }) => (rollout?.slots ?? []).map(({ ref }) => keyOf(ref)))),
)

/** All tags are lost together. */
const TAGS_DIFFER = ['/tags', '/properties/tags', '/properties/isArchived']
/** What may differ without making it another thing: weights, instances and texts, too. */
const MAY_DIFFER = [
  ...TAGS_DIFFER,
  '/sku',
  '/properties/traffic',
  '/properties/mirrorTraffic',
  '/properties/defaults',
  '/properties/description',
]

/** The declared body, if what is live is that. */
function bodyIfEqual(
  live: Live,
  desired: Desired,
  { world, sync }: RestoreContext,
  mayDiffer: readonly string[],
): JsonObject | undefined {
  const kind = KINDS[live.ref.kind]
  const context = pinnedContext(armContextOf(world), desired, desired, live)
  if (unresolvedIn(desired.labels, context).length > 0) return undefined
  const declared = kind.toArm(desired, context)
  const ignored = sync.ignoreDifferences
    .filter((rule) => rule.kind === live.ref.kind)
    .map(({ path }) => path)
  const differences = differencesOf(kind, live.body, { declared, released: [] })
  const isEqual = differences.every(({ path }) =>
    [...mayDiffer, ...ignored].some((pointer) => within(path, pointer)),
  )
  return isEqual ? declared : undefined
}

/** Another Application of this process kept it, and its newest commit does not declare it any more. */
function isHandedOver(live: Live, tags: Tags, { neighbours }: RestoreContext): boolean {
  const owner = tags[TAGS.application] ?? ''
  const neighbour = neighbours?.get(owner)
  if (neighbour?.isFresh !== true || neighbour.declared.has(keyOf(live.ref))) return false
  return tags[TAGS.owner] === ownerMark(owner, live.ref)
}

/** Ours from now on, with the commit that is on it if that is one of our history: a slot may hold what an older one said. */
function taken(live: Live, tags: Tags, how: Restored['how'], scene: RestoreContext): Live {
  const { application, revision } = scene
  const isFilled = tags[REVISION_TAG] !== undefined
  const content = isFilled ? (commitOf(live, scene, TAGS_DIFFER)?.revision ?? UNKNOWN) : revision
  const recorded = isRecorded(live, tags, scene) ? tags[TAGS.revision] : undefined
  return withTags(live, how, false, {
    [TAGS.application]: application,
    [TAGS.owner]: ownerMark(application, live.ref),
    [TAGS.generation]: RESTORED,
    [TAGS.revision]: recorded ?? content,
  })
}

/** No generation that a write records: what is restored is not taken for a write that has arrived. */
const RESTORED = 'restored'
/** Of content that no commit of ours is known to have declared. */
const UNKNOWN = 'unknown'

function withTags(
  live: Live,
  how: Restored['how'],
  isCurrent: boolean,
  record: { readonly [tag: string]: string },
): Live {
  const { tagsAt } = KINDS[live.ref.kind]
  const before = tagsOf(KINDS[live.ref.kind], live.body)
  const tags = Object.keys(record).filter((tag) => before[tag] !== record[tag])
  const body = Object.entries(record).reduce(
    (changed, [tag, value]) => withValue(changed, `${tagsAt}/${tag}`, value),
    live.body,
  )
  return { ...live, body, restored: { read: live.body, how, isCurrent, tags } }
}
