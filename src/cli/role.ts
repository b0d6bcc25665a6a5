import { readFile } from 'node:fs/promises'
import { isObject } from '../core/model/values/json.ts'
import { CommandError } from './errors.ts'

/**
 * The actions of an Azure role definition file, in the form of `az role definition create` (`Actions`) or of ARM
 * (`properties.permissions`). Throws CommandError when it is neither.
 */
export async function readRole(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new CommandError(`Cannot read the role definition ${file}: check the path.`)
  })
  const actions = actionsIn(parsed(text))
  if (actions.length > 0) return actions
  throw new CommandError(`${file} is not a role definition: it has no Actions.`)
}

/** Whether one of the patterns allows an action: `*` stands for any text, and case does not count. */
export function covers(patterns: readonly string[], action: string): boolean {
  return patterns.some((pattern) => {
    const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
    return new RegExp(`^${parts.join('.*')}$`, 'i').test(action)
  })
}

function actionsIn(role: unknown): readonly string[] {
  if (!isObject(role)) return []
  const properties = isObject(role.properties) ? role.properties : {}
  const permissions = [role.permissions, properties.permissions].find(Array.isArray) ?? []
  const lists = [role, ...permissions.filter(isObject)].map((one) => one.Actions ?? one.actions)
  return lists.flatMap((list) => (Array.isArray(list) ? list : [])).filter(isText)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
