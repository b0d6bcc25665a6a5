import { execFile } from 'node:child_process'
import { lstat, mkdir, readdir, readlink, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/**
 * The programs that git may start to speak with a server; all else that a fetch needs is built into git itself. Not among them
 * is `git-http-fetch`: it downloads from whatever address a server names for a pack, whether or not git has asked for that.
 */
const PROGRAMS: readonly string[] = ['git-remote-http', 'git-remote-https', 'git-upload-pack']

/** Where git is to look for programs, in a local copy. */
export function programsIn(gitDir: string): string {
  return join(gitDir, 'programs')
}

/** Makes the folder hold links to these programs and nothing else. Without a git it holds none. */
export async function linkPrograms(gitDir: string): Promise<void> {
  const folder = programsIn(gitDir)
  const found = await lstat(folder).catch(() => undefined)
  if (found !== undefined && !found.isDirectory()) await rm(folder, { force: true })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const name of await readdir(folder))
    if (!PROGRAMS.includes(name)) await rm(join(folder, name), { recursive: true, force: true })
  const installed = await installedAt()
  if (installed === undefined) return
  for (const name of PROGRAMS) await link(join(installed, name), join(folder, name))
}

async function link(program: string, place: string): Promise<void> {
  const now = await readlink(place).catch(() => undefined)
  if (now === program) return
  await rm(place, { recursive: true, force: true })
  await symlink(program, place).catch((error: NodeJS.ErrnoException) => {
    // Another process of ours was faster.
    if (error.code !== 'EEXIST') throw error
  })
}

let installed: Promise<string | undefined> | undefined

/** Where git has its programs; undefined where there is no git, which the next command tells better. */
function installedAt(): Promise<string | undefined> {
  const env = { PATH: process.env.PATH }
  installed ??= promisify(execFile)('git', ['--exec-path'], { env, cwd: '/' }).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  )
  return installed
}
