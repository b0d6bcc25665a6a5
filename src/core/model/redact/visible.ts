/** Controls, and what hides text or turns it around: ESC, NUL, DEL, C1, directions, zero widths, separators of lines. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** The text with all that is unseen written as `\uXXXX`, which in JSON means the same; but for what is `kept`. */
export function visible(text: string, kept = ''): string {
  return text.replace(UNSEEN, (found) => (kept.includes(found) ? found : escaped(found)))
}

function escaped(found: string): string {
  return Array.from({ length: found.length }, (_, at) => {
    return `\\u${found.charCodeAt(at).toString(16).padStart(4, '0')}`
  }).join('')
}
