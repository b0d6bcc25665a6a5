/** How a pointer begins, and how long it may be by its specification (git-lfs, docs/spec.md). */
const FIRST_LINE = 'version https://git-lfs.github.com/spec/v1\n'
const MAX_BYTES = 1024

/** Whether a file of this size may be one: only then is its content looked at. */
export function mayBeLfsPointer(bytes: number): boolean {
  return bytes > FIRST_LINE.length && bytes < MAX_BYTES
}

/** Whether this is what Git LFS keeps in Git in the place of a file, and not the file itself. */
export function isLfsPointer(content: Uint8Array): boolean {
  const { length } = FIRST_LINE
  if (!mayBeLfsPointer(content.length)) return false
  return Buffer.from(content.subarray(0, length)).toString('latin1') === FIRST_LINE
}
