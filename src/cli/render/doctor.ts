import type { Row } from '../doctor/row.ts'
import type { Style } from './style.ts'

/** One line per check, and below a failed one what to do. */
export function rowsText(rows: readonly Row[], style: Style): string {
  const width = Math.max(...rows.map((row) => nameOf(row).length))
  const lines = rows.flatMap((row) => {
    const head = `${markOf(row, style)}  ${nameOf(row).padEnd(width)}  ${row.detail}`
    return row.advice === '' ? [head] : [head, `${' '.repeat(width + 10)}→ ${row.advice}`]
  })
  const wrong = rows.filter(({ ok }) => ok === false).length
  const end =
    wrong === 0 ? 'Nothing stands in the way.' : `${wrong} to mend before the first write.`
  return [...lines, '', end].join('\n')
}

function nameOf({ check, application }: Row): string {
  return application === undefined ? check : `${application} ${check}`
}

function markOf({ ok }: Row, style: Style): string {
  if (ok === null) return style.dim('-     ')
  return ok ? style.green('ok    ') : style.red('FAILED')
}
