/** Lets so many through at a time and keeps the others waiting in order. */
export interface Lane {
  /** Inside or waiting. */
  readonly pending: number
  /** Waits for a place among `slots`; the given function leaves it. Rejects when the signal aborts first. */
  enter(slots: number, signal: AbortSignal): Promise<() => void>
  /** Resolves as soon as nobody is inside or waiting. */
  whenEmpty(): Promise<void>
}

interface Waiter {
  readonly slots: number
  readonly admit: () => void
}

export function createLane(): Lane {
  let inside = 0
  const waiters: Waiter[] = []
  let emptied: (() => void)[] = []

  function leave(): void {
    inside -= 1
    admitNext()
    if (inside > 0 || waiters.length > 0) return
    for (const resolve of emptied) resolve()
    emptied = []
  }

  function admitNext(): void {
    const next = waiters[0]
    if (!next || inside >= next.slots) return
    waiters.shift()
    next.admit()
  }

  function admit(): () => void {
    inside += 1
    let left = false
    return () => {
      if (left) return
      left = true
      leave()
    }
  }

  return {
    get pending() {
      return inside + waiters.length
    },
    enter(slots, signal) {
      if (waiters.length === 0 && inside < slots) return Promise.resolve(admit())
      return new Promise((resolve, reject) => {
        const waiter = { slots, admit: () => resolve(admit()) }
        waiters.push(waiter)
        signal.addEventListener('abort', () => {
          const place = waiters.indexOf(waiter)
          if (place < 0) return
          waiters.splice(place, 1)
          reject(signal.reason)
        })
      })
    },
    whenEmpty() {
      if (inside + waiters.length === 0) return Promise.resolve()
      return new Promise((resolve) => emptied.push(resolve))
    },
  }
}
