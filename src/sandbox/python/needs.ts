/** What code needs of Python: a version and packages. */
export interface PythonNeeds {
  /** Conditions on the version in conda's form, all of which must hold, e.g. `=3.10` or `>=3.9,<3.12`. Empty = any. */
  readonly python: string
  /** Lines of a pip requirements file. */
  readonly requirements: readonly string[]
  /** What was left out or taken otherwise than asked, in sentences for the build's log. */
  readonly remarks: readonly string[]
}

/** An environment that a venv cannot stand for, and why. */
export class Unbuildable extends Error {}

/** Any Python, no package. */
export const nothingNeeded: PythonNeeds = { python: '', requirements: [], remarks: [] }
