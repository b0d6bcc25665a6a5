/** Whether a text takes more than so many bytes as UTF-8. */
export function isLargerThan(text: string, bytesMax: number): boolean {
  // No character takes more than three bytes: most texts need not be counted.
  return 3 * text.length > bytesMax && Buffer.byteLength(text) > bytesMax
}
