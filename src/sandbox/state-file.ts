import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { State } from './core/machine.ts'
import type { ServerCertificate } from './identity/certificate.ts'

/** What is kept over restarts: the workspace, and all that its clients hold on to. */
export interface Kept {
  readonly format: 'verdigris-sandbox/1'
  readonly state: State
  /** Ports by listener: the addresses stay, so that configurations of clients do. */
  readonly ports: Readonly<Record<string, number>>
  /** The token issuer's private key, as JWK. */
  readonly signingKey: Readonly<Record<string, unknown>>
  readonly certificate: ServerCertificate
  readonly accountKey: string
}

/** A state file that is there and cannot be used. */
export class StateFileUnusable extends Error {}

/** Reads what was kept; undefined = there is no such file yet. Throws StateFileUnusable. */
export function readStateFile(path: string): Kept | undefined {
  const text = readIfThere(path)
  if (text === undefined) return undefined
  const kept = parsed(text)
  if (isKept(kept)) return kept
  throw damaged(path)
}

export function damaged(path: string): StateFileUnusable {
  return new StateFileUnusable(
    `${path} is not a state file of this sandbox, or it is damaged. Move it away to start with an empty workspace.`,
  )
}

/** Writes atomically: whoever reads, and a start after this process was killed, finds the old or the new, whole. */
export function writeStateFile(path: string, kept: Kept): void {
  const next = `${path}.${process.pid}.tmp`
  try {
    // It holds keys, so it is the owner's alone.
    writeFileSync(next, JSON.stringify(kept), { mode: 0o600 })
    renameSync(next, path)
  } catch (error) {
    rmSync(next, { force: true })
    throw error
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new StateFileUnusable(`${path} cannot be read: ${(error as Error).message}`)
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isKept(value: unknown): value is Kept {
  if (!isObject(value)) return false
  const { format, state, ports, signingKey, certificate, accountKey } = value as Partial<Kept>
  return (
    format === 'verdigris-sandbox/1' &&
    typeof accountKey === 'string' &&
    [state, state?.settings, ports, signingKey, certificate].every(isObject)
  )
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
