const MAX_LENGTH = 250
const COMMIT = /^[0-9a-f]{40}$/
const FOLDER = /^[0-9a-f]{64}$/
// The characters `git check-ref-format` refuses, and with them everything invisible (controls, bidi marks, spaces).
const FORBIDDEN = /[~^:?*[\\]|[\p{C}\p{Z}]/u

/** Whether `revision` is a full commit id (40 hex, lower case), which needs no name to be resolved. */
export function isCommitId(revision: string): boolean {
  return COMMIT.test(revision)
}

/** Whether `revision` is what a folder is known by: a hash of its content, longer than the id of any commit. */
export function isFolderRevision(revision: string): boolean {
  return FOLDER.test(revision)
}

/**
 * Takes a branch, a tag, a full ref name, `HEAD` or a full commit id; gives why it may not be used, or undefined when
 * it may. The rules are those of `git check-ref-format`, and stricter where a name could be read as an option.
 */
export function checkRevision(revision: string): string | undefined {
  if (revision === '') return 'revision is empty'
  if (revision.length > MAX_LENGTH) return `revision is longer than ${MAX_LENGTH} characters`
  if (revision.startsWith('-')) return 'revision may not begin with "-"'
  if (FORBIDDEN.test(revision)) {
    return 'revision may not hold spaces, control characters or any of ~ ^ : ? * [ \\'
  }
  if (revision.includes('..') || revision.includes('@{') || revision === '@') {
    return 'revision must be a plain name: "..", "@{" and "@" are not allowed'
  }
  if (revision.split('/').some((part) => !isPlainPart(part))) {
    return 'no part of revision may be empty, begin with "." or "-", or end with "." or ".lock"'
  }
  return undefined
}

function isPlainPart(part: string): boolean {
  return part !== '' && !/^[.-]|\.$|\.lock$/i.test(part)
}
