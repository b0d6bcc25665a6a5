import { hasErrors, type Problem } from '../model/problem.ts'
import { cleanText } from '../model/redact/redact.ts'
import type { Limits } from './limits.ts'

/** Sorted by place, one per place and reason, no more than can be read, and without a secret that a manifest has. */
export function bounded(problems: readonly Problem[], limits: Limits): readonly Problem[] {
  const seen = new Set<string>()
  const distinct = [...problems].sort(byPlace).filter((problem) => {
    const { file, line, column } = problem.at
    const key = `${file}\0${line}\0${column}\0${problem.reason}\0${problem.message}`
    return !seen.has(key) && seen.add(key)
  })
  const most = limits.problemsPerFile * 10
  const last = distinct[most]
  if (last === undefined) return distinct.map(cleaned)
  const message = `${distinct.length - most} more problems are not shown`
  // However many warnings there are, they hold nothing up.
  const severity = hasErrors(distinct.slice(most)) ? 'error' : 'warning'
  const rest: Problem = { severity, reason: 'TooManyProblems', message, at: last.at }
  return [...distinct.slice(0, most).map(cleaned), rest]
}

function cleaned(problem: Problem): Problem {
  return { ...problem, message: cleanText(problem.message) }
}

function byPlace(a: Problem, b: Problem): number {
  if (a.at.file !== b.at.file) return a.at.file < b.at.file ? -1 : 1
  return (
    a.at.line - b.at.line ||
    a.at.column - b.at.column ||
    (a.reason < b.reason ? -1 : a.reason > b.reason ? 1 : 0)
  )
}
