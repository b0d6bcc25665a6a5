import { createReadStream } from 'node:fs'
import { addAbortSignal, type Readable } from 'node:stream'
import { CommandError } from '../errors.ts'

/** Longest request and longest answer. Azure's own limit of a request is 1.5 MB on managed endpoints. */
export const BYTES_MAX = 10 * 1024 * 1024

/** The bytes of a file, or of standard input for `-`. Throws CommandError when it cannot be read, or is too large. */
export async function readRequest(file: string, signal: AbortSignal): Promise<Uint8Array> {
  const stream: Readable = file === '-' ? process.stdin : createReadStream(file)
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of addAbortSignal(signal, stream)) {
      const bytes = Buffer.from(chunk)
      size += bytes.byteLength
      if (size > BYTES_MAX) throw tooLarge(file)
      chunks.push(bytes)
    }
  } catch (error) {
    if (error instanceof CommandError) throw error
    throw new CommandError(`The request ${file} cannot be read: ${(error as Error).message}.`)
  }
  return Buffer.concat(chunks)
}

function tooLarge(file: string): CommandError {
  return new CommandError(`The request ${file} is larger than ${BYTES_MAX} bytes; it was not sent.`)
}
