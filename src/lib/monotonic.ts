/**
 * Milliseconds that only pass: where the clock is set back, none have. For what is kept until later; what is said to others,
 * or by them, is the clock's own time.
 */
export function monotonic({ now }: { now(): number }): () => number {
  let at = now()
  let setBackMs = 0
  return () => {
    const time = now()
    setBackMs += Math.max(0, at - time)
    at = time
    return time + setBackMs
  }
}
