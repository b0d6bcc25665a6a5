import { join } from 'node:path'
import { run } from '../../../src/sandbox/python/command.ts'
import { pythonWith } from '../../../src/sandbox/python/environment.ts'

/** Kept between runs, so that only the first one installs anything. */
export const cacheFolder = join(
  import.meta.dirname,
  '../../../node_modules/.cache/verdigris-python',
)

export const slowMs = 300_000

/** A venv with packages of PyPI, or why there can be none here. On CI there is no such excuse. */
export async function venvWith(
  requirements: readonly string[],
): Promise<{ readonly python: string } | { readonly reason: string }> {
  const needs = { python: '', requirements, remarks: [] }
  const options = { mode: 'venv', cacheFolder, signal: AbortSignal.timeout(slowMs) } as const
  try {
    const { executable } = await pythonWith(() => needs, 'the tests', options)
    return { python: executable }
  } catch (error) {
    if (process.env.CI === 'true' || (await reachesIndex())) throw error
    return { reason: 'pip reaches no package index here' }
  }
}

async function reachesIndex(): Promise<boolean> {
  const args = ['-m', 'pip', 'index', 'versions', 'pip', '--retries', '0', '--timeout', '10']
  const { code } = await run({ program: 'python3', args, timeoutMs: 60_000 })
  return code === 0
}

/** Says on the terminal that tests are left out, and why. */
export function tellSkipped(what: string, reason: string): void {
  process.stderr.write(`Skipped: ${what}: ${reason}.\n`)
}
