import { KINDS } from '../../kinds/index.ts'
import type { Kind } from '../../kinds/kind.ts'
import type { Desired } from '../../model/desired.ts'
import { isFolderRevision } from '../../model/git/git-ref.ts'
import type { Live, World } from '../../model/live.ts'
import { keyOf, type Ref } from '../../model/ref.ts'
import { hashOf } from '../../model/values/hash.ts'
import { canonical, isObject, type JsonObject } from '../../model/values/json.ts'
import { once } from '../../model/values/once.ts'
import { valueAt, withValue } from '../../model/values/pointer.ts'
import { declarationsOf } from './declarations.ts'
import { placeOf } from './place.ts'

/** The record we keep on a resource, in its tags; ≤ 256 characters each, readable by anyone with reader rights. */
export const TAGS = {
  application: 'verdigris.application',
  owner: 'verdigris.owner',
  generation: 'verdigris.generation',
  revision: 'verdigris.revision',
} as const

/** The generation of the write that takes our record off: a reading without it shows that write. */
export const DETACHED = 'detached'

/**
 * `ours`: written by this Application for this very resource. `copied`: our tag was carried to another resource (a copy
 * or a restore), which does not make it ours. `theirs`: another Application's.
 */
export type Ownership = 'ours' | 'theirs' | 'copied' | 'none'

export interface Ownerships {
  readonly ownership: Ownership
  /** Whose tag it carries, where that is not ours. */
  readonly application?: string
  readonly generation?: string
  readonly revision?: string
}

/** Who owns a live thing, worked out once for it: it is asked for many times at every look. */
export function ownershipOf(kind: Kind, live: Live, application: string): Ownerships {
  const known = owners.get(live)
  if (known?.application === application) return known.owner
  const owner = readOwner(kind, live, application)
  owners.set(live, { application, owner })
  return owner
}

const owners = new WeakMap<Live, { readonly application: string; readonly owner: Ownerships }>()

function readOwner(kind: Kind, live: Live, application: string): Ownerships {
  const tags = tagsOf(kind, live.body)
  const owner = tags[TAGS.application]
  if (owner === undefined) return { ownership: 'none' }
  if (owner !== application) return { ownership: 'theirs', application: owner }
  if (tags[TAGS.owner] !== ownerMark(application, live.ref)) return { ownership: 'copied' }
  const generation = tags[TAGS.generation]
  const revision = tags[TAGS.revision]
  return {
    ownership: 'ours',
    ...(generation === undefined ? {} : { generation }),
    ...(revision === undefined ? {} : { revision }),
  }
}

/** The body with our record in its tags; other tags stay. */
export function withRecord(
  kind: Kind,
  body: JsonObject,
  record: {
    readonly application: string
    readonly ref: Ref
    readonly generation: string
    readonly revision: string
  },
): JsonObject {
  const tags = valueAt(body, kind.tagsAt)
  return withValue(body, kind.tagsAt, {
    ...(isObject(tags) ? tags : {}),
    [TAGS.application]: record.application,
    [TAGS.owner]: ownerMark(record.application, record.ref),
    [TAGS.generation]: record.generation,
    [TAGS.revision]: record.revision,
  })
}

/** The identity of content: the normalised declared body, so that comments, order and case change nothing. */
export function generationOf(kind: Kind, declared: JsonObject): string {
  return generationIn(kind.normalise(declared))
}

const generationIn = once((normal: JsonObject) => hashOf(canonical(normal), 16))

export type Tags = { readonly [name: string]: string | undefined }

export function tagsOf(kind: Kind, body: JsonObject): Tags {
  const tags = valueAt(body, kind.tagsAt)
  return isObject(tags) ? textsIn(tags) : NO_TAGS
}

const NO_TAGS: Tags = {}

const textsIn = once(
  (tags: JsonObject): Tags =>
    Object.fromEntries(
      Object.entries(tags).filter(
        (entry): entry is [string, string] => typeof entry[1] === 'string',
      ),
    ),
)

/** Made of who owns it and what it is: a copy of tags to another thing does not have it. */
export function ownerMark(application: string, ref: Ref): string {
  return hashOf(`${application}\n${keyOf(ref)}`, 12)
}

/** Keys of what is ours and was last written from a folder: no commit is recorded on it. */
export function folderMade(world: World, application: string): readonly string[] {
  return world.resources
    .filter((live) => {
      const { revision = '' } = ownershipOf(KINDS[live.ref.kind], live, application)
      return isFolderRevision(revision)
    })
    .map(({ ref }) => keyOf(ref))
}

/** The command that takes a thing over, as messages name it: an endpoint with its deployments, or one asset. */
export function howToAdopt({ kind, name, parent, version }: Ref): string {
  const what = version === undefined ? (parent ?? name) : `${kind}/${name}:${version}`
  return `verdigris adopt ${what} --why "<reason>"`
}

/** The commits recorded on what is ours, and on which of it: where the merge bases are. */
export function commitsOn(world: World, application: string): ReadonlyMap<string, readonly Ref[]> {
  return byCommit(
    world.resources,
    (live) => ownershipOf(KINDS[live.ref.kind], live, application).revision,
  )
}

/** The commits on what the tags do not call ours: it may have been taken over from another Application. */
export function foreignCommits(others: readonly Live[]): ReadonlyMap<string, readonly Ref[]> {
  return byCommit(others, ({ ref, body }) => tagsOf(KINDS[ref.kind], body)[TAGS.revision])
}

/** What Git declares and the tags do not call ours: they were lost, or it never was. */
export function notOursIn(
  { resources }: World,
  application: string,
  desired: readonly Desired[],
): readonly Live[] {
  const declared = declarationsOf(desired)
  return resources.filter(
    (live) =>
      declared.has(placeOf(live).key) &&
      ownershipOf(KINDS[live.ref.kind], live, application).ownership !== 'ours',
  )
}

function byCommit(
  resources: readonly Live[],
  revisionIn: (live: Live) => string | undefined,
): ReadonlyMap<string, readonly Ref[]> {
  const found = new Map<string, Ref[]>()
  for (const live of resources) {
    const revision = revisionIn(live)
    if (revision === undefined) continue
    const refs = found.get(revision)
    if (refs === undefined) found.set(revision, [live.ref])
    else refs.push(live.ref)
  }
  return found
}
