/** Where in the repository: `file` as a path from its root with `/`; `line` and `column` from 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/**
 * What is wrong with the input, as a value: collected, shown all at once, never thrown. `reason` is CamelCase and stable. A
 * `note` is nothing wrong: it says what was left out, and why.
 */
export interface Problem {
  readonly severity: 'error' | 'warning' | 'note'
  readonly reason: string
  readonly message: string
  readonly at: Place
}

export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some((problem) => problem.severity === 'error')
}
