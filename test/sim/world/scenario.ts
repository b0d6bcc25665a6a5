import type { SyncPolicy } from '../../../src/core/model/application.ts'
import type { Intent } from '../../../src/core/model/rollout.ts'
import type { Expectation } from '../trace.ts'
import type { Quality, Tree } from './tree.ts'

/** Everything a run is made from: the same scenario gives the same trace, byte for byte. */
export interface Scenario {
  readonly workload: string
  /** Of users' requests and of Azure's ids. */
  readonly seed: number
  readonly applications: readonly ApplicationSaid[]
  readonly controllers: readonly ControllerSaid[]
  /** By `name:version`; what is not named is sound. */
  readonly models: Readonly<Record<string, Quality>>
  readonly events: readonly SimEvent[]
  readonly expectation: Expectation
  /** When the run is over at the latest; faults end earlier. */
  readonly lengthMs: number
  /** Faults end then, though by their own times they would have ended before. */
  readonly faultsForMs?: number
}

export interface ApplicationSaid {
  readonly name: string
  readonly sync?: Partial<SyncPolicy>
  /** A folder has no history. */
  readonly source?: 'git' | 'folder'
  /** Applications that name the same one have a folder each in it; its own one without. */
  readonly repository?: string
}

export interface ControllerSaid {
  readonly name: string
  readonly application: string
  /** Started then, and not before; in ms from the start of the run. */
  readonly fromMs?: number
  /** Ended then, and not started again. */
  readonly untilMs?: number
}

/** Which deployment is meant, as the weights of that moment have it; or a name. */
export type Which = 'serving' | 'other' | { readonly name: string }

export type HandEdit =
  | { readonly edit: 'traffic'; readonly endpoint: string; readonly to: 'zero' | 'other' | 'even' }
  | { readonly edit: 'mirror'; readonly endpoint: string }
  | { readonly edit: 'loseTags'; readonly endpoint: string; readonly which?: Which }
  | { readonly edit: 'deleteDeployment'; readonly endpoint: string; readonly which: Which }
  | { readonly edit: 'deleteEndpoint'; readonly endpoint: string }
  | {
      readonly edit: 'scale'
      readonly endpoint: string
      readonly which: Which
      readonly by: number
    }
  | { readonly edit: 'failUpdate'; readonly endpoint: string; readonly which?: Which }
  | {
      readonly edit: 'field'
      readonly endpoint: string
      readonly which?: Which
      readonly field: string
    }
  | { readonly edit: 'foreign'; readonly endpoint: string; readonly deployment?: string }
  | { readonly edit: 'archive'; readonly asset: string }
  /** As if somebody else had made all of it: no tag of ours is left on anything. */
  | { readonly edit: 'disown' }

/** What somebody does, or what befalls the world. `at` is in ms from the start of the run. */
export type Act =
  | {
      readonly do: 'commit'
      readonly application: string
      readonly tree: Tree
      /** The branch loses so many commits first: a forced push. */
      readonly forced?: number
    }
  | { readonly do: 'users'; readonly endpoint: string; readonly perSecond: number }
  | {
      readonly do: 'lever'
      readonly application: string
      readonly verb: Intent['verb']
      readonly endpoint: string
    }
  | ({ readonly do: 'hand' } & HandEdit)
  /** A model that was as declared becomes so from now on. */
  | { readonly do: 'model'; readonly model: string; readonly quality: Quality }
  | { readonly do: 'sync'; readonly application: string; readonly sync: Partial<SyncPolicy> }

/** What goes wrong. Without `forMs` it is of the moment. */
export type Fault =
  | ({ readonly do: 'call' } & CallFault)
  | { readonly do: 'crash'; readonly controller: string; readonly forMs: number }
  | { readonly do: 'freeze'; readonly controller: string; readonly forMs: number }
  | { readonly do: 'slowCalls'; readonly forMs: number; readonly eachMs: number }
  | {
      readonly do: 'git'
      readonly application: string
      readonly is: 'down' | 'slow' | 'shallow'
      readonly forMs: number
    }
  | {
      readonly do: 'provider'
      readonly is: 'down' | 'late' | 'nan' | 'reset' | 'doubled'
      readonly forMs: number
    }
  | {
      readonly do: 'clock'
      readonly of: ClockName
      readonly jumpMs?: number
      readonly fast?: number
    }
  | { readonly do: 'diskGone' }
  | { readonly do: 'quota'; readonly cores: number; readonly forMs: number }

export type ClockName = 'controller' | 'azure' | 'provider'

/** Strikes the calls that match, from `at` on, after `skip` of them, `times` of them. */
export interface CallFault {
  readonly is: CallFaultName
  /** `PUT`, or `GET onlineEndpoints/deployments`: a method, and the path without names. Absent = any. */
  readonly on?: string
  readonly controller?: string
  readonly skip?: number
  readonly times?: number
  /** A code for `fails`, a factor for `late`, seconds for `429after`, versions back for `stale`. */
  readonly with?: string | number
}

export type CallFaultName =
  | 'crashBefore'
  | 'crashAfter'
  | 'lost'
  | 'timeout'
  | 'stale'
  | 'omits'
  | 'repeats'
  | '400'
  | '401'
  | '404'
  | '409'
  | '412'
  | '429'
  | '429after'
  | '500'
  | '503'
  | 'fails'
  | 'neverEnds'
  | 'late'

export type SimEvent = { readonly at: number } & (Act | Fault)

const FAULTS: ReadonlySet<string> = new Set([
  'call',
  'crash',
  'freeze',
  'slowCalls',
  'git',
  'provider',
  'clock',
  'diskGone',
  'quota',
])

export function isFault(event: SimEvent): event is { readonly at: number } & Fault {
  return FAULTS.has(event.do)
}

/** When the last fault is over, at the latest. */
export function faultsEndAt({
  events,
  faultsForMs = 0,
}: Pick<Scenario, 'events' | 'faultsForMs'>): number {
  return Math.max(faultsForMs, ...events.filter(isFault).map((event) => event.at + lengthOf(event)))
}

/** A fault that strikes calls waits for them for so long. */
const CALLS_MS = 180_000

function lengthOf(event: Fault): number {
  if (event.do === 'call') return CALLS_MS
  return 'forMs' in event ? event.forMs : 0
}
