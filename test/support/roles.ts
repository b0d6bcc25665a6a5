import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const ROLES = join(import.meta.dirname, '../../deploy/azure')

/** The actions of role definitions that are shipped, by the names of their files. */
export function actionsIn(...names: readonly string[]): readonly string[] {
  return names.flatMap((name) => {
    const text = readFileSync(join(ROLES, `${name}.json`), 'utf8')
    return (JSON.parse(text) as { readonly Actions: readonly string[] }).Actions
  })
}
