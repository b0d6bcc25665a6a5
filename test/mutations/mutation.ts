/** A guard of ours taken away, and the test that must notice. */
export interface Mutation {
  /** The row of INVARIANTS §1.1 whose tests are run: `R7`. */
  readonly row: string
  /** The file with its tests, below `test/sim/`. */
  readonly test: string
  /** What the guard holds, in words. */
  readonly guard: string
  /** All of them at once: guards that stand behind each other fall together. */
  readonly edits: readonly Edit[]
}

export interface Edit {
  /** From the root of the repository. */
  readonly file: string
  /** Found exactly once in the file. */
  readonly from: string
  readonly to: string
}

/** How often a text occurs in another. */
export function occurrences(text: string, part: string): number {
  return text.split(part).length - 1
}

/** What Jest runs of a row: `R1` is not `R11`. */
export function testPatternOf({ row }: Mutation): string {
  return `(^| )${row}: `
}
