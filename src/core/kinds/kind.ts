import type { Desired, LabelRef, Upload } from '../model/desired.ts'
import type { Workspace } from '../model/live.ts'
import type { Operation } from '../model/plan.ts'
import type { KindName, Ref } from '../model/ref.ts'
import type { Json, JsonObject } from '../model/values/json.ts'

/** A complaint about one field of a manifest: `path` is the way to it from the spec's root; the YAML layer knows its place. */
export interface FieldIssue {
  readonly path: readonly (string | number)[]
  readonly reason: string
  readonly message: string
}

/** What decoding may ask about the repository; the answers come from the snapshot. Paths are as written in the manifest. */
export interface LocalContent {
  /** The upload for a local file or folder; issues when it is missing, outside the repository, refused or too large. */
  upload(path: string, at: readonly (string | number)[]): Upload | FieldIssue
  /** The ignore file by which an upload of this folder goes without a file that is there. */
  leavesOut(folder: string, file: string): string | undefined
  /** The fields that a manifest in a file of its own says, and local content as that file sees it (`environment: file:./e.yml`). */
  manifest(path: string, at: readonly (string | number)[]): Included | FieldIssue
  /** What a local YAML or JSON file says (conda files). */
  data(path: string, at: readonly (string | number)[]): { readonly data: Json } | FieldIssue
}

export interface Included {
  readonly fields: JsonObject
  readonly content: LocalContent
}

export interface Decoded {
  readonly spec: JsonObject
  readonly ref: Ref
  readonly dependsOn: readonly Ref[]
  readonly labels: readonly LabelRef[]
  readonly upload?: Upload
  /** Things this manifest declares inline (code, anonymous model or environment), each a Desired of its own. */
  readonly inline: readonly Omit<Desired, 'at' | 'policy'>[]
}

/** Where the words of the spec meet Azure's: ids of this workspace, and labels as they resolve now. */
export interface ArmContext {
  readonly workspace: Workspace
  /** The version a label points at; undefined when it does not resolve (the plan then holds the resource). */
  version(label: LabelRef): string | undefined
}

/** One kind of thing. A kind is data and pure functions; the differ, the planner and the schema are the same for all. */
export interface Kind {
  readonly kind: KindName
  /** Path below the workspace: `onlineEndpoints/{name}`, `onlineEndpoints/{parent}/deployments/{name}`, `models/{name}/versions/{version}`. */
  armPath(ref: Ref): string
  /** Decodes the CLI v2 fields (strict), collecting every issue. `name` and `endpoint_name` may be given by the envelope's metadata. */
  decode(input: JsonObject, content: LocalContent): Decoded | readonly FieldIssue[]
  /** JSON Schema of the CLI v2 fields, for editors and the reference page. */
  jsonSchema(): JsonObject
  /**
   * The ARM fields this spec declares, and nothing else. Ids are full; uploads are where their content hash puts them. Of
   * the spec alone, so that it is worked out once.
   */
  toArm(desired: Pick<Desired, 'spec'>, context: ArmContext): JsonObject
  /** The CLI v2 fields that an ARM body says, the reverse of `toArm`; absent where nothing can be read back (code). */
  fromArm?(body: JsonObject, ref: Ref, workspace: Workspace): JsonObject
  /** Fields a create needs although nobody declared them (`location`, `identity`). */
  createDefaults(context: ArmContext): JsonObject
  /**
   * A body in the one form in which two bodies can be compared: ids and enums folded, durations as milliseconds, texts
   * that hold YAML or JSON as data, server-owned fields gone, defaults of the service filled in, null = absent = {}.
   */
  normalise(body: JsonObject): JsonObject
  /** Where the tags live: `/tags` or `/properties/tags`. */
  readonly tagsAt: '/tags' | '/properties/tags'
  /** JSON Pointers that Azure cannot change in place: a difference here is a Replace. */
  readonly immutable: readonly string[]
  /** Maps to which Azure lets keys be added, never altered or removed: a difference of a key that is live is a Replace. */
  readonly addOnly?: readonly string[]
  /**
   * Of deployments: what neither a request nor a job can feel, so that it is no part of a revision: how many there are of
   * it, and what is written on it. A key that is added to what is `addOnly` is none of its content, either.
   */
  readonly unfelt?: readonly string[]
  /** Mappings that are one value to the differ and to a write (traffic): a foreign key inside them is a difference too. */
  readonly wholes?: readonly string[]
  /** Fields the service fills in and refuses, or loops on, when they are sent back: written only when declared. */
  readonly notEchoed?: readonly string[]
  readonly operations: Operations
}

/** What a write of this kind is called. A kind is either deleted or archived when Git stops declaring it, or left (code). */
export interface Operations {
  readonly create: Operation
  readonly update: Operation
  readonly delete?: Operation
  /** Models, environments and data are never deleted: a PUT sets `properties.isArchived`. */
  readonly archive?: Operation
}
