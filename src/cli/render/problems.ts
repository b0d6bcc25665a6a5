import type { Problem } from '../../core/model/problem.ts'
import { visible } from '../../core/model/redact/visible.ts'
import type { Style } from './style.ts'

/** `file:line:column: error Reason: message`, the form that editors and terminals make clickable. */
export function problemLines(problems: readonly Problem[], style: Style): string[] {
  return problems.map(({ severity, reason, message, at }) => {
    const paint = { error: style.red, warning: style.yellow, note: style.dim }[severity]
    return `${visible(at.file)}:${at.line}:${at.column}: ${paint(`${severity} ${reason}`)}: ${message}`
  })
}
