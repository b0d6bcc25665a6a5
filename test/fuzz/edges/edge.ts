import type { Random } from '../random.ts'

/** An edge of the product at which text of others comes in or goes out. */
export interface Edge {
  readonly name: string
  /** What is asked of it, for `--help`. */
  readonly asks: string
  /** An input that nobody wrote. */
  readonly make: (random: Random) => Attempt
  readonly close?: () => Promise<void>
}

export interface Attempt {
  /** For people. */
  readonly text: string
  /** What is wrong with the answer; undefined when nothing is. What it throws is wrong, too. */
  readonly run: () => string | undefined | Promise<string | undefined>
}
