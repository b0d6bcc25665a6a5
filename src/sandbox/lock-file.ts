import { readFileSync, rmSync, writeFileSync } from 'node:fs'

/** A file that another living process has locked. */
export class FileInUse extends Error {}

/** Locks `path` for this process by a file beside it; gives the unlocking. Throws FileInUse. */
export function lockFile(path: string): () => void {
  const lock = `${path}.lock`
  if (!claim(lock)) {
    const owner = Number(readFileSync(lock, 'utf8'))
    if (isAlive(owner)) throw new FileInUse(`${path} is in use by process ${owner}.`)
    // Its owner died without a farewell.
    rmSync(lock, { force: true })
    if (!claim(lock)) throw new FileInUse(`${path} is in use by another process.`)
  }
  return () => rmSync(lock, { force: true })
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
