import { join } from 'node:path'
import type { Config } from '../config.ts'

/** Where a controller writes down who pulled which lever, and what ended each rollout. */
export function auditFolder({ dataDir }: Pick<Config, 'dataDir'>): string {
  return join(dataDir, 'audit')
}
