import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const SOURCES = join(import.meta.dirname, '../../../src')

/** The value of a constant of a source file: a number, or a product and sum of numbers and other constants of that file. */
export function numberIn(file: string, name: string): number {
  const text = readFileSync(join(SOURCES, file), 'utf8')
  const [, expression] = new RegExp(`^(?:export )?const ${name} = ([^\\n]+)$`, 'm').exec(text) ?? []
  if (expression === undefined) throw new Error(`${file} has no constant ${name}`)
  const factors = expression.split('*').map((factor) => {
    const word = factor.trim()
    return /^[\d._e]+$/.test(word) ? Number(word.replaceAll('_', '')) : numberIn(file, word)
  })
  return factors.reduce((product, factor) => product * factor, 1)
}
