import { join } from 'node:path'
import type { Imported } from '../../core/manifests/import/import.ts'
import { keyOf } from '../../core/model/ref.ts'
import type { Checked } from '../import/check.ts'
import { problemLines } from './problems.ts'
import type { Style } from './style.ts'

export interface ImportOutcome {
  readonly folder: string
  readonly imported: Imported
  readonly checked: Checked
  /** False when the workspace could not be read to its end. */
  readonly complete: boolean
}

/** What was written, what was not and why, and what planning it would do. */
export function importText(outcome: ImportOutcome, style: Style): string {
  const { folder, imported, complete } = outcome
  const { files, skipped, variables } = imported
  const names = Object.keys(variables)
  return [
    ...files.map(({ path, ref }) => `${join(folder, path)}  ${style.dim(keyOf(ref))}`),
    ...skipped.map(
      ({ ref, reason }) => `${style.yellow('not imported')}  ${keyOf(ref)}: ${reason}`,
    ),
    ...(complete ? [] : [style.red('The workspace could not be read to its end: run it again.')]),
    ...(names.length === 0
      ? []
      : [`Secrets are not written. Define in the Application's variables: ${names.join(', ')}`]),
    ...resultLines(outcome, style),
  ].join('\n')
}

function resultLines({ imported, checked }: ImportOutcome, style: Style): readonly string[] {
  const { length } = imported.files
  if (length === 0) return ['There is nothing to import.']
  const { problems, changes } = checked
  const written = `${length} ${length === 1 ? 'manifest' : 'manifests'} written.`
  if (problems.length + changes.length === 0)
    return [style.green(`${written} Planned against this workspace, they change nothing.`)]
  return [
    ...problemLines(problems, style),
    ...changes.map(({ key, paths }) => `${style.red('would change')}  ${key}: ${paths.join(', ')}`),
    style.red(`${written} They do not say the workspace as it is.`),
  ]
}
