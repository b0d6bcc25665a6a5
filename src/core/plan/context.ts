import type { ArmContext } from '../kinds/kind.ts'
import type { SyncPolicy } from '../model/application.ts'
import { type Desired, labelKey } from '../model/desired.ts'
import type { World } from '../model/live.ts'
import type { Memory } from '../model/memory.ts'

/** Why nothing may be deleted, or nothing written at all, in this tick. */
export interface Freeze {
  readonly what: 'deletes' | 'writes'
  /** CamelCase, stable. */
  readonly reason: string
  readonly message: string
}

/** Everything a plan is made from: plain values, so that the same input gives the same plan on every machine. */
export interface PlanInput {
  readonly application: string
  readonly sync: SyncPolicy
  /** The content in force and its commit. */
  readonly desired: readonly Desired[]
  readonly revision: string
  /** Desired state at the commits recorded on live resources: proof of ownership, and the base of the three-way merge. */
  readonly bases: ReadonlyMap<string, readonly Desired[]>
  readonly freezes: readonly Freeze[]
  readonly world: World
  readonly memory: Memory
  /** Milliseconds since the epoch. */
  readonly now: number
  /** How soon to look again while Azure works, in milliseconds. */
  readonly pollMs: number
}

export function armContextOf(world: World): ArmContext {
  return {
    workspace: world.workspace,
    version: (label) => world.labels[labelKey(label)],
  }
}
