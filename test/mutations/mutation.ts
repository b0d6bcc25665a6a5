/** A guard of ours taken away, and who has to notice. */
export interface Mutation extends Edit {
  /** The row of INVARIANTS where there is one, and what goes wrong without the guard: `S26 a list's silence is taken for gone`. */
  readonly name: string
  /** Guards that stand behind the first one fall with it. */
  readonly also?: readonly Edit[]
  /** The fastest test files that should notice; `[]` where only the simulator can. */
  readonly tests: readonly string[]
  /** Of these files only the tests whose names match. */
  readonly only?: string
  /** Asked where no test notices. */
  readonly simulator?: Simulation
}

export interface Edit {
  /** From the root of the repository. */
  readonly file: string
  /** Found exactly once in the file. */
  readonly find: string
  readonly replace: string
}

/** A run of the simulator: so many seeds of one workload, or of all. */
export interface Simulation {
  readonly seeds: number
  readonly workload?: string
}

/** What became of a mutant. `broken`: nothing was shown, because the text is not there or no test ran. */
export type Ending =
  | { readonly is: 'killed'; readonly by: readonly string[]; readonly with: 'tests' | 'simulator' }
  | { readonly is: 'survived' }
  | { readonly is: 'broken'; readonly message: string }

export interface Tried {
  readonly mutation: Mutation
  readonly ending: Ending
  readonly seconds: number
}

export function editsOf({ file, find, replace, also = [] }: Mutation): readonly Edit[] {
  return [{ file, find, replace }, ...also]
}

/** How often a text occurs in another. */
export function occurrences(text: string, part: string): number {
  return text.split(part).length - 1
}
