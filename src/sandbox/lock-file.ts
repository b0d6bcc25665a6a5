import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** A file that another living process has locked. */
export class FileInUse extends Error {}

/** Locks `path` for this process by a file beside it; gives the unlocking. Throws FileInUse. */
export function lockFile(path: string): () => void {
  const lock = resolve(`${path}.lock`)
  if (!claim(lock)) {
    const owner = Number(readFileSync(lock, 'utf8'))
    if (isLocking(owner, lock))
      throw new FileInUse(
        `${path} is in use by process ${owner}. (Where that is no verdigris, it was killed: remove ${lock}.)`,
      )
    // Its owner died without a farewell.
    rmSync(lock, { force: true })
    if (!claim(lock)) throw new FileInUse(`${path} is in use by another process.`)
  }
  held.add(lock)
  return () => {
    held.delete(lock)
    rmSync(lock, { force: true })
  }
}

/** The locks of this process. */
const held = new Set<string>()

/** In a container that was killed and started anew, the process that died had the number that this one has. */
function isLocking(owner: number, lock: string): boolean {
  return owner === process.pid ? held.has(lock) : isAlive(owner)
}

function claim(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
