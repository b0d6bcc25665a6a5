import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'

/** Bytes of one file, and how many full ones are kept beside it: `accepted.jsonl`, `accepted.1.jsonl` … */
const FILE_BYTES_MAX = 8 * 1024 * 1024
const FULL_KEPT = 4

export interface Lines {
  /** Adds a line of JSON to the file of that name. */
  add(name: string, said: object): void
}

/** Files of a folder that only their user may read. Never throws: `onError` hears why a line could not be written. */
export function openLines({
  folder,
  onError,
}: {
  readonly folder: string
  readonly onError: (error: unknown) => void
}): Lines {
  return {
    add(name, said) {
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 })
        const file = join(folder, `${name}.jsonl`)
        if (sizeOf(file) >= FILE_BYTES_MAX) shift(folder, name)
        const start = isWhole(file) ? '' : '\n'
        appendFileSync(file, `${start}${JSON.stringify(said)}\n`, { mode: 0o600 })
      } catch (error) {
        onError(error)
      }
    },
  }
}

/** The oldest one goes, each other one moves on by one. */
function shift(folder: string, name: string): void {
  const full = (age: number): string =>
    join(folder, age === 0 ? `${name}.jsonl` : `${name}.${age}.jsonl`)
  for (let age = FULL_KEPT - 1; age >= 0; age -= 1)
    if (sizeOf(full(age)) > 0) renameSync(full(age), full(age + 1))
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

/** A process that was killed, or a disk that was full, leaves a line without its end: the next one would be lost with it. */
function isWhole(file: string): boolean {
  const size = sizeOf(file)
  if (size === 0) return true
  const last = Buffer.alloc(1)
  const descriptor = openSync(file, 'r')
  try {
    readSync(descriptor, last, 0, 1, size - 1)
  } finally {
    closeSync(descriptor)
  }
  return last.toString() === '\n'
}
