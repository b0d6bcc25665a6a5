import type { Policy } from './desired.ts'
import type { KindName } from './ref.ts'

/** A source bound to a workspace with a policy: one document of kind Application, decoded. Durations in milliseconds. */
export interface Application {
  readonly name: string
  readonly source: {
    /** https, ssh, or (where the configuration allows it) file URL or local folder. */
    readonly repository: string
    readonly revision: string
    /** Folder inside the repository; '' is its root. */
    readonly path: string
    /** Patterns, in gitignore's form, of files that are no manifests. */
    readonly exclude?: readonly string[]
  }
  readonly workspace:
    | { readonly subscriptionId: string; readonly resourceGroup: string; readonly name: string }
    | { readonly sandbox: true }
  /** Who the controller is in that workspace; absent = who it is by its configuration. */
  readonly identity?: ApplicationIdentity
  readonly sync: SyncPolicy
  readonly variables: { readonly [name: string]: string }
}

/** An identity by its name: what proves it never stands in a manifest. */
export type ApplicationIdentity =
  | {
      readonly workloadIdentity: {
        readonly clientId: string
        /** Absent = the configured one. */
        readonly tenantId?: string
      }
    }
  | { readonly managedIdentity: { readonly clientId: string } | { readonly resourceId: string } }
  | {
      /** Names a client secret of the configuration. */
      readonly secret: string
    }

export interface SyncPolicy {
  /** `observe`: everything is read, planned and told, and nothing is written to Azure. */
  readonly mode: 'apply' | 'observe'
  readonly intervalMs: number
  readonly drift: NonNullable<Policy['drift']>
  /** Where it is another one for a kind. */
  readonly driftByKind?: { readonly [kind in KindName]?: SyncPolicy['drift'] | undefined }
  readonly prune: {
    readonly enabled: boolean
    readonly maxDeletions: number
    /** More deletions of a commit than this wait for a person's yes; absent = none does. */
    readonly confirm?: number
    /** What is done with what left Git, where that is not what is usual for its kind. */
    readonly onDelete?: {
      readonly [kind in KindName]?: 'detach' | 'archive' | 'delete' | undefined
    }
  }
  readonly suspend: boolean
  /** Rollouts between their first weight and the end of their bake, at once. */
  readonly maxRollouts: number
  /** What to do when the applied commit is no longer in the branch's history: `halt` writes nothing until a person decides. */
  readonly rewrittenHistory?: 'halt' | 'follow'
  readonly ignoreDifferences: readonly IgnoreRule[]
}

export interface IgnoreRule {
  readonly kind: string
  /** JSON Pointer into the ARM body. */
  readonly path: string
  readonly reason: string
  /** Milliseconds since the epoch; the rule ends there. */
  readonly untilMs?: number
}
