/** Somebody's text for a message: short, in quotes, with everything but plain characters escaped. */
export function shown(text: string): string {
  return escaped(JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text))
}

/** The text with everything but printable ASCII written as \uXXXX, so that nothing in it can hide or deceive. */
export function escaped(text: string): string {
  return text.replace(
    /[^\x20-\x7e]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
