import { type FileHandle, open } from 'node:fs/promises'

const BLOCK_BYTES = 128 * 1024
/** Longer than any line of ours: what has such a one was not written by us. */
const LINE_BYTES_MAX = 4 * 1024 * 1024
const NEWLINE = 10

/**
 * The lines of a file, the last one first, without holding more than a block and a line of it, and the caller's thread no longer
 * than a block takes. None where there is no such file, or no further line can be read.
 */
export async function* newestLines(path: string): AsyncGenerator<Buffer> {
  const file = await open(path, 'r').catch(() => undefined)
  if (file === undefined) return
  try {
    let end = (await file.stat()).size
    /** What was read of a line whose beginning lies further back. */
    let rest = Buffer.alloc(0)
    while (end > 0 && rest.length <= LINE_BYTES_MAX) {
      const block = await blockBefore(end, file)
      if (block.length === 0) return
      end -= block.length
      let to = block.length
      for (let at = block.lastIndexOf(NEWLINE); at >= 0; at = newlineBefore(to, block)) {
        yield Buffer.concat([block.subarray(at + 1, to), rest])
        rest = Buffer.alloc(0)
        to = at
      }
      rest = Buffer.concat([block.subarray(0, to), rest])
    }
    if (end === 0) yield rest
  } finally {
    await file.close()
  }
}

function newlineBefore(end: number, block: Buffer): number {
  return end === 0 ? -1 : block.lastIndexOf(NEWLINE, end - 1)
}

/** Nothing where the file has become shorter. */
async function blockBefore(end: number, file: FileHandle): Promise<Buffer> {
  const length = Math.min(end, BLOCK_BYTES)
  const block = Buffer.alloc(length)
  const { bytesRead } = await file.read(block, 0, length, end - length)
  return bytesRead === length ? block : Buffer.alloc(0)
}
