import { once } from 'node:events'
import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder for the temporary files of this process. */
export interface OwnFolder {
  readonly path: string
  remove(): Promise<void>
}

/**
 * Nobody but its living owner answers at this socket in a folder, and the system closes it with the process, however that
 * ends: unlike a process id it can neither be used again nor mean another process elsewhere.
 */
const SOCKET = 'owner'

/**
 * Makes a folder `{name}-{random}` below `parent` (the system's temporary folder), and removes those of this name that
 * processes of this user have left behind because they were killed.
 */
export async function openOwnFolder(name: string, parent = tmpdir()): Promise<OwnFolder> {
  await removeAbandoned(name, parent)
  const path = await mkdtemp(join(parent, `${name}-`))
  const server = await answering(join(path, SOCKET))
  return {
    path,
    async remove() {
      if (server !== undefined) await new Promise((resolve) => server.close(resolve))
      await rm(path, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

/** undefined = no socket can be had there, its path being too long: such a folder is never taken for abandoned. */
async function answering(path: string): Promise<Server | undefined> {
  const server = createServer((caller) => caller.destroy()).unref()
  server.listen(path)
  return once(server, 'listening').then(
    () => server,
    () => undefined,
  )
}

async function removeAbandoned(name: string, parent: string): Promise<void> {
  for (const entry of await readdir(parent, { withFileTypes: true })) {
    const path = join(parent, entry.name)
    if (!entry.isDirectory() || !entry.name.startsWith(`${name}-`)) continue
    if (!(await isMine(path)) || !(await isAbandoned(join(path, SOCKET)))) continue
    // What cannot be removed now is left to the next one.
    await rm(path, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined)
  }
}

async function isMine(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined)
  return found !== undefined && found.uid === process.getuid?.()
}

/** A folder without a socket may be one that is being made, or no folder of ours: it is left alone. */
async function isAbandoned(socket: string): Promise<boolean> {
  const found = await lstat(socket).catch(() => undefined)
  if (!found?.isSocket()) return false
  const caller = connect(socket)
  try {
    await once(caller, 'connect')
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED'
  } finally {
    caller.destroy()
  }
}
