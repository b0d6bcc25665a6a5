import { shown } from './shown.ts'

/** The known word nearest to `word`, when it is near enough to be what was meant. Cost is bounded by both lengths. */
export function suggest(word: string, known: readonly string[]): string | undefined {
  const wanted = word.slice(0, 64).toLowerCase()
  let best: string | undefined
  let least = Math.min(4, Math.max(2, Math.ceil(wanted.length / 3)) + 1)
  for (const candidate of known) {
    // Texts differ by no less than their lengths do.
    if (Math.abs(candidate.length - wanted.length) >= least) continue
    const steps = distance(wanted, candidate.toLowerCase())
    if (steps < least) {
      best = candidate
      least = steps
    }
  }
  return best
}

/** So many names of a repository are compared with one: what others may put into it is bounded. */
const NAMES_MAX = 50

/** The hint for a name that is not there, `: did you mean "this"?`; '' when none of those that are is near. */
export function hintFor(word: string, names: Iterable<string>): string {
  const near = suggest(word, [...names].slice(0, NAMES_MAX))
  return near === undefined ? '' : `: did you mean ${shown(near)}?`
}

/** Levenshtein's distance: insertions, deletions and replacements between two texts. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (const [i, letter] of [...a].entries()) row = nextRow(row, i + 1, letter, b)
  return row[b.length] ?? 0
}

function nextRow(above: readonly number[], first: number, letter: string, b: string): number[] {
  const row = [first]
  for (let j = 1; j <= b.length; j++) {
    const replaced = (above[j - 1] ?? 0) + (letter === b[j - 1] ? 0 : 1)
    row.push(Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, replaced))
  }
  return row
}
