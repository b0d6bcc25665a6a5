/** A shorter text of which the same is true: without lines, then without characters, as long as any can go. */
export function shrunk(text: string, isSo: (text: string) => boolean, tries = 2000): string {
  const budget = { left: tries }
  const byLine = without(text.split('\n'), (lines) => isSo(lines.join('\n')), budget).join('\n')
  return without([...byLine], (letters) => isSo(letters.join('')), budget).join('')
}

/** Parts are left out in runs that become shorter. */
function without(
  parts: readonly string[],
  isSo: (parts: readonly string[]) => boolean,
  budget: { left: number },
): readonly string[] {
  let kept = parts
  for (let run = Math.ceil(parts.length / 2); run >= 1; run = Math.floor(run / 2)) {
    for (let at = 0; at < kept.length && budget.left > 0; ) {
      const less = kept.toSpliced(at, run)
      budget.left -= 1
      if (isSo(less)) kept = less
      else at += run
    }
  }
  return kept
}
