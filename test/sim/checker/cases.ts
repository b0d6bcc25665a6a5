import { expect } from '@jest/globals'
import type { Expectation } from '../trace.ts'
import type { Trace } from './traces.ts'

/** An invariant, a trace that breaks it and nothing else, and one that comes near and does not. */
export interface Case {
  readonly id: string
  readonly breaks: string
  readonly by: () => Trace
  readonly near: string
  readonly but: () => Trace
  readonly expectation?: Partial<Expectation>
}

export function expectBroken({ id, by, expectation }: Case): void {
  const violations = by().violations(expectation)
  expect(violations).not.toEqual([])
  expect(violations.filter((violation) => violation.id !== id)).toEqual([])
}

export function expectKept({ but, expectation }: Case): void {
  expect(but().violations(expectation)).toEqual([])
}
