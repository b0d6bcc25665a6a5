import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { INVARIANTS } from './create.ts'
import { RELATIONS } from './metamorphic.ts'
import { REACTION_TIMES } from './reaction-times.ts'

const numbered = (letter: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`)

/** All that docs and issues speak of by a number. */
const ALL = [...numbered('S', 31), ...numbered('L', 11), ...numbered('M', 8), 'U1']

describe('the tables of the checker', () => {
  const ids = [...INVARIANTS, ...RELATIONS].map(({ id }) => id)

  test('have one row for each invariant', () => {
    expect([...ids].sort()).toEqual([...ALL].sort())
  })

  test('have a trace that breaks each of them', () => {
    const here = import.meta.dirname
    const texts = readdirSync(here)
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => readFileSync(`${here}/${name}`, 'utf8'))
    const missing = ids.filter((id) => !texts.some((text) => text.includes(`'${id}'`)))
    expect(missing).toEqual([])
  })

  test('state each reaction time in a sentence of its own', () => {
    for (const [id, row] of Object.entries(REACTION_TIMES)) {
      expect(row.id).toBe(id)
      expect(row.ms).toBeGreaterThan(0)
      expect(row.says).toMatch(/^[A-Z].*\.$/)
    }
  })
})
