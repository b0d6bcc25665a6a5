import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { linkPrograms } from '../process/programs.ts'

/** A bare repository of ours that holds nothing but what can be fetched again. */
export interface CacheFolder {
  readonly gitDir: string
  /** Makes it usable whatever state a killed process, or somebody's editor, left it in. */
  prepare(): Promise<void>
  /** Begins anew, and keeps what was here until it is known whether that is any better. */
  setAside(): Promise<void>
  /** Ends what `setAside` began: with the new copy, or with the one before. */
  settle(kept: 'new' | 'before'): Promise<void>
  /** How many packs the fetches have left. */
  packs(): Promise<number>
  /** Notes what a fetch brought, once all of it is here. */
  note(fetched: Fetched): Promise<void>
  /** What the last whole fetch brought; undefined when no such note is here. */
  lastFetched(): Promise<Fetched | undefined>
}

/** A revision as the server had it. */
export interface Fetched {
  readonly repository: string
  readonly revision: string
  readonly commit: string
  /** Milliseconds since the epoch. */
  readonly at: number
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
const NOTE = 'verdigris-fetched.json'
const FOREIGN = [
  'hooks',
  'info',
  'objects/info/alternates',
  'objects/info/http-alternates',
  'commondir',
]

/** `abandonedMs`: a temporary file older than this belongs to no living fetch. */
export function openCacheFolder(gitDir: string, abandonedMs: number): CacheFolder {
  const aside = `${gitDir}.before`
  return {
    gitDir,
    async prepare() {
      await Promise.all(
        FOLDERS.map((folder) => mkdir(join(gitDir, folder), { recursive: true, mode: 0o700 })),
      )
      await Promise.all(
        FOREIGN.map((name) => rm(join(gitDir, name), { recursive: true, force: true })),
      )
      await writeIfDifferent(join(gitDir, 'config'), CONFIG)
      await writeIfDifferent(join(gitDir, 'HEAD'), 'ref: refs/heads/none\n')
      await linkPrograms(gitDir)
      await removeLocks(gitDir)
      await removeAbandoned(join(gitDir, 'objects/pack'), abandonedMs)
    },
    async setAside() {
      await remove(aside)
      if (existsSync(gitDir)) await rename(gitDir, aside)
    },
    async settle(kept) {
      if (kept === 'new') return remove(aside)
      if (!existsSync(aside)) return
      await remove(gitDir)
      await rename(aside, gitDir)
    },
    async packs() {
      const names = await readdir(join(gitDir, 'objects/pack'))
      return names.filter((name) => name.endsWith('.pack')).length
    },
    async note(fetched) {
      const file = join(gitDir, NOTE)
      await writeFile(`${file}.new`, JSON.stringify(fetched))
      await rename(`${file}.new`, file)
    },
    async lastFetched() {
      return fetchedIn(await readFile(join(gitDir, NOTE), 'utf8').catch(() => ''))
    },
  }
}

async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
}

function fetchedIn(text: string): Fetched | undefined {
  try {
    const { repository, revision, commit, at } = JSON.parse(text) as Partial<Fetched>
    const texts = [repository, revision, commit].every((value) => typeof value === 'string')
    return texts && typeof at === 'number'
      ? ({ repository, revision, commit, at } as Fetched)
      : undefined
  } catch {
    return undefined
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
