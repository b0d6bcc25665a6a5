import ignore from 'ignore'

const MAX_LENGTH = 64 * 1024

/** Which files of an uploaded folder stay out of it, by the text of its .amlignore or .gitignore. */
export function ignoredBy(text: string): ((path: string) => boolean) | string {
  if (text.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`
  const costly = text.split(/\r?\n/).find(isCostly)
  if (costly !== undefined) return 'has a pattern that is too long or has too many wildcards'
  const rules = ignore({ allowRelativePaths: false }).add(text)
  return (path) => rules.ignores(path)
}

/** Patterns become regular expressions, whose time grows with a power of the wildcards in one part (ATTACKS 39). */
function isCostly(pattern: string): boolean {
  if (pattern.length > 1024) return true
  const stars = pattern.split('/').map((part) => part.split(/\*+/).length - 1)
  return stars.some((count) => count > 3) || pattern.split('**').length > 4
}
