import { KINDS } from '../../kinds/index.ts'
import type { Desired } from '../../model/desired.ts'
import type { World } from '../../model/live.ts'
import { declarationsOf } from './declarations.ts'
import { ownershipOf } from './ownership.ts'
import { placeOf } from './place.ts'

/** The other Applications that this process keeps in the same workspace, by name. */
export type Neighbours = ReadonlyMap<string, Neighbour>

export interface Neighbour {
  /** Keys of what its commit in force declares, slots of rollouts too. */
  readonly declared: ReadonlySet<string>
  /** Whether that is its newest commit, read just now and without problems. */
  readonly isFresh: boolean
  /** Whether it lies in the repository of this Application: then one commit may move things between the two. */
  readonly isBeside: boolean
}

/** Whether anything depends on them: something of ours that Git declares no longer, or something declared that is not ours. */
export function concernsNeighbours(
  world: World,
  application: string,
  desired: readonly Desired[],
): boolean {
  const declared = declarationsOf(desired)
  return world.resources.some((live) => {
    const { ownership } = ownershipOf(KINDS[live.ref.kind], live, application)
    return declared.has(placeOf(live).key) ? ownership === 'theirs' : ownership === 'ours'
  })
}
