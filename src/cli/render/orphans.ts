import type { Report } from '../../core/model/report.ts'

/** More than this are counted and not named: a shared workspace may be full of what is not ours. */
const NAMED = 10

/** What is live and in no Git, whose it is, and what can be done: `key  text`, one line each, and one for the rest. */
export function orphanLines({ orphans = [] }: Pick<Report, 'orphans'>): readonly string[] {
  const lines = orphans.slice(0, NAMED).map(({ key, message }) => `${key}  ${message}`)
  const more = orphans.length - NAMED
  return more > 0 ? [...lines, `and ${more} more, which --output json names`] : lines
}
