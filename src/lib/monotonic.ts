interface Settable {
  now(): number
  settings?(): number
}

/**
 * Milliseconds that only pass: where the clock was set to another time, none have. For what is kept until later; what is
 * said to others, or by them, is the clock's own time.
 */
export function monotonic({ now, settings = () => 0 }: Settable): () => number {
  let at = now()
  let setting = settings()
  let offset = 0
  return () => {
    const time = now()
    const isSet = setting !== settings() || time < at
    if (isSet) offset += at - time
    setting = settings()
    at = time
    return time + offset
  }
}
