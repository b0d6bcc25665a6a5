import { parse } from 'yaml'
import type { Json } from '../model/json.ts'

const MAX_LENGTH = 256 * 1024

/**
 * A conda file as data: it goes to the service as YAML and comes back as pretty JSON (FACTS 0.15). Takes either, gives
 * undefined for what is neither or larger than 256 KiB.
 */
export function condaData(text: string): Json | undefined {
  if (text.length > MAX_LENGTH) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return yamlData(text)
  }
}

function yamlData(text: string): Json | undefined {
  try {
    // Aliases are what makes a small text large; a conda file needs none. Deep nesting throws.
    return parse(text, { maxAliasCount: 0, uniqueKeys: false, logLevel: 'silent' })
  } catch {
    return undefined
  }
}
