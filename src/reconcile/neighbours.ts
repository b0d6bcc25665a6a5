import type { Application } from '../core/model/application.ts'
import { hasErrors } from '../core/model/problem.ts'
import type { Freeze } from '../core/plan/context.ts'
import { declarationsOf } from '../core/plan/ownership/declarations.ts'
import type { Neighbours } from '../core/plan/ownership/neighbours.ts'
import type { Reader } from './read.ts'

/** Another Application of this process that keeps things in the same workspace. */
export interface NeighbourApplication {
  readonly application: Application
  readonly reader: Reader
}

/** What the others declare at this moment: each source is read anew, so that no commit is known here and not there. */
export async function readNeighbours(
  { source }: Application,
  others: readonly NeighbourApplication[],
  signal: AbortSignal,
): Promise<Neighbours> {
  const known = others.map(async ({ application, reader }) => {
    const { desired = [], source: state } = await reader.read(signal)
    const isFresh = state.failure === undefined && !hasErrors(state.problems)
    const declared = new Set(declarationsOf(desired).keys())
    const isBeside = application.source.repository === source.repository
    return [application.name, { declared, isFresh, isBeside }] as const
  })
  return new Map(await Promise.all(known))
}

/** Their names, with what they declared when they were last read; `asLook` reads those that never were, as a single look needs. */
export async function fellowsOf(
  others: readonly NeighbourApplication[],
  { asLook }: { readonly asLook: boolean },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const known = others.map(async ({ application, reader }) => {
    if (asLook && reader.declared() === undefined) await reader.read(signal)
    return [application.name, reader.declared() ?? NOTHING] as const
  })
  return new Map(await Promise.all(known))
}

const NOTHING: ReadonlySet<string> = new Set()

/** One commit may move things to an Application that cannot be read: until it can, nothing is deleted. */
export function freezesOf(neighbours: Neighbours): readonly Freeze[] {
  const unread = [...neighbours].filter(([, { isFresh, isBeside }]) => !isFresh && isBeside)
  return unread.map(([name]) => ({
    what: 'deletes',
    reason: 'NeighbourUnread',
    message: `What is declared here no longer may be declared by the Application ${name}, whose newest commit cannot be read or has problems. Nothing is deleted until it can.`,
  }))
}
