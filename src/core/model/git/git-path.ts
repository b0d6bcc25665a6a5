const MAX_BYTES = 4096
const MAX_PART_BYTES = 255
const MAX_DEPTH = 64
// What nearly every path is: short, and of parts that begin with a letter, a digit or "_".
const PLAIN = /^\w[\w.-]*(?:\/\w[\w.-]*){0,20}$/
const PLAIN_LENGTH = 255

/**
 * Takes a path from the repository's root with `/`; gives why it may not be read, or undefined when it may. The same
 * rule for the files of a tree and for the folder an Application names ('' is the root, checked by the caller).
 */
export function checkPath(path: string): string | undefined {
  if (path.length <= PLAIN_LENGTH && PLAIN.test(path)) return undefined
  if (path === '') return 'the path is empty'
  if (bytesIn(path) >= MAX_BYTES) return `the path is ${MAX_BYTES} bytes or longer`
  if (path.includes('\\')) return 'the path holds a backslash'
  if (/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\u2028\u2029\ufffd]/u.test(path)) {
    return 'the path holds control or invisible characters, or is not UTF-8'
  }
  if (/%(?:00|2e|2f|5c)/i.test(path))
    return 'the path holds a percent-encoded dot, slash, backslash or NUL'
  const parts = path.split('/')
  if (parts.length > MAX_DEPTH) return `the path is more than ${MAX_DEPTH} folders deep`
  if (parts.some((part) => part === '' || part === '.' || part === '..')) {
    return 'the path holds an empty, "." or ".." part'
  }
  if (parts.some((part) => bytesIn(part) > MAX_PART_BYTES)) {
    return `the path holds a part of more than ${MAX_PART_BYTES} bytes`
  }
  if (parts.some(isGitFolder)) return 'the path holds a ".git" part'
  return undefined
}

/** `.git` in every spelling that some file system takes for it: case, trailing dots and spaces, `git~1`, streams. */
function isGitFolder(part: string): boolean {
  return /^(?:\.git|git~[0-9]+)[. ]*(?::.*)?$/i.test(part)
}

function bytesIn(text: string): number {
  return new TextEncoder().encode(text).length
}
