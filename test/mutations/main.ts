import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { countsOf, documentOf, summaryOf } from './document.ts'
import type { Tried } from './mutation.ts'
import { HELP, isChosen, type Options, optionsOf } from './options.ts'
import { endAll } from './process.ts'
import { checkSound, tryAll } from './run.ts'
import { MUTATIONS } from './tables/index.ts'
import { ROOT, Tree } from './tree.ts'

/** `npm run mutations`: a test that does not fail without its guard guards nothing. */
async function main(options: Options): Promise<number> {
  const chosen = MUTATIONS.filter(({ name }) => isChosen(name, options.only))
  if (options.isHelp) return out(HELP)
  if (options.lists) return out(`${chosen.map(({ name }) => name).join('\n')}\n`)
  if (chosen.length === 0) throw new Error('no mutant has such a name')
  const startedAt = performance.now()
  const sound = new Tree()
  const trees = Array.from({ length: Math.min(options.jobs, chosen.length) }, () => new Tree())
  const all = [sound, ...trees]
  const removeAll = (): void => {
    endAll()
    for (const tree of all) tree.remove()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      removeAll()
      process.exit(130)
    })
  try {
    if (options.hasBaseline && options.by !== 'simulator') await checkSound(sound, chosen)
    const tried = await tryAll(chosen, { trees, sound }, options, (one, count) =>
      progress(one, count, chosen.length),
    )
    return ended(tried, options, Math.round((performance.now() - startedAt) / 1000))
  } finally {
    removeAll()
  }
}

function ended(tried: readonly Tried[], options: Options, seconds: number): number {
  const counts = countsOf(tried)
  out(`\n${summaryOf(tried)} ${seconds} s.\n`)
  for (const name of counts.survivors) out(`survived: ${name}\n`)
  if (options.writes) writeFileSync(join(ROOT, 'docs/mutations.md'), documentOf(tried))
  if (options.isJson) out(`${JSON.stringify({ ...counts, seconds })}\n`)
  return counts.killed === counts.mutants ? 0 : 1
}

function progress({ mutation, ending, seconds }: Tried, count: number, of: number): void {
  const place = `${String(count).padStart(String(of).length)}/${of}`
  const by = ending.is === 'killed' ? ending.by.join('; ') : ''
  const why = ending.is === 'broken' ? ending.message : by
  const how = ending.is === 'killed' ? ending.with : ''
  const what = `${ending.is} ${how}`.trim().padEnd(16)
  process.stderr.write(`${place} ${what} ${seconds.toFixed(1)} s  ${mutation.name}  <- ${why}\n`)
}

function out(text: string): number {
  process.stdout.write(text)
  return 0
}

try {
  process.exitCode = await main(optionsOf(process.argv.slice(2)))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
}
