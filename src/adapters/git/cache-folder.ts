import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A bare repository of ours that holds nothing but what can be fetched again. */
export interface CacheFolder {
  readonly gitDir: string
  /** Makes it usable whatever state a killed process, or somebody's editor, left it in. */
  prepare(): Promise<void>
  discard(): Promise<void>
  /** How many packs the fetches have left. */
  packs(): Promise<number>
}

// What git itself would write, and no more: whatever else is found here was not written by us.
const CONFIG = `[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
\thooksPath = /dev/null
\tfsmonitor = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
`
const FOLDERS = ['objects/pack', 'objects/info', 'refs/heads', 'refs/tags', 'refs/verdigris']
const FOREIGN = [
  'hooks',
  'info',
  'objects/info/alternates',
  'objects/info/http-alternates',
  'commondir',
]

/** `abandonedMs`: a temporary file older than this belongs to no living fetch. */
export function openCacheFolder(gitDir: string, abandonedMs: number): CacheFolder {
  return {
    gitDir,
    async prepare() {
      await Promise.all(FOLDERS.map((folder) => mkdir(join(gitDir, folder), { recursive: true })))
      await Promise.all(
        FOREIGN.map((name) => rm(join(gitDir, name), { recursive: true, force: true })),
      )
      await writeIfDifferent(join(gitDir, 'config'), CONFIG)
      await writeIfDifferent(join(gitDir, 'HEAD'), 'ref: refs/heads/none\n')
      await removeLocks(gitDir)
      await removeAbandoned(join(gitDir, 'objects/pack'), abandonedMs)
    },
    async discard() {
      await rm(gitDir, { recursive: true, force: true, maxRetries: 3 })
    },
    async packs() {
      const names = await readdir(join(gitDir, 'objects/pack'))
      return names.filter((name) => name.endsWith('.pack')).length
    },
  }
}

async function writeIfDifferent(file: string, text: string): Promise<void> {
  const now = await readFile(file, 'utf8').catch(() => undefined)
  if (now === text) return
  await rm(file, { recursive: true, force: true })
  await writeFile(`${file}.new`, text)
  await rename(`${file}.new`, file)
}

/**
 * One fetch runs at a time in a process, so a lock found before it was left by a killed one. If another process holds
 * it after all, its ref update fails and is tried again; refs are renamed into place, so none can be torn.
 */
async function removeLocks(gitDir: string): Promise<void> {
  for (const folder of ['.', 'refs/verdigris']) {
    for (const name of await readdir(join(gitDir, folder))) {
      if (name.endsWith('.lock')) await rm(join(gitDir, folder, name), { force: true })
    }
  }
}

async function removeAbandoned(folder: string, abandonedMs: number): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!/^(?:tmp_|\.tmp-)/.test(name)) continue
    const file = join(folder, name)
    if (!existsSync(file)) continue
    const { mtimeMs } = await stat(file)
    if (Date.now() - mtimeMs > abandonedMs) await rm(file, { force: true })
  }
}
