/** Tasks by key, each run once for all who want it at the same time. */
export interface Shared<Result> {
  /**
   * Joins the task of that key, or starts it. Lines it has said already are said again to who joins. Rejects when
   * `signal` aborts; the task is aborted when nobody wants it any more.
   */
  join(key: string, task: Task<Result>, onLine: Listener, signal: AbortSignal): Promise<Result>
}

type Listener = (line: string) => void
type Task<Result> = (onLine: Listener, signal: AbortSignal) => Promise<Result>

interface Running<Result> {
  readonly result: Promise<Result>
  readonly listeners: Set<Listener>
  readonly said: string[]
  readonly abort: AbortController
}

const linesKept = 5000

export function createShared<Result>(): Shared<Result> {
  const running = new Map<string, Running<Result>>()

  function begin(key: string, task: Task<Result>): Running<Result> {
    const listeners = new Set<Listener>()
    const said: string[] = []
    const abort = new AbortController()
    const say = (line: string) => {
      said.push(line)
      if (said.length > linesKept) said.shift()
      for (const listener of listeners) listener(line)
    }
    const result = task(say, abort.signal).finally(() => {
      if (running.get(key) === started) running.delete(key)
    })
    const started = { result, listeners, said, abort }
    running.set(key, started)
    return started
  }

  return {
    async join(key, task, onLine, signal) {
      signal.throwIfAborted()
      const joined = running.get(key) ?? begin(key, task)
      const listener: Listener = (line) => onLine(line)
      for (const line of joined.said) onLine(line)
      joined.listeners.add(listener)
      const left = Promise.withResolvers<never>()
      const leave = () => left.reject(signal.reason)
      signal.addEventListener('abort', leave, { once: true })
      try {
        return await Promise.race([joined.result, left.promise])
      } finally {
        signal.removeEventListener('abort', leave)
        joined.listeners.delete(listener)
        if (joined.listeners.size === 0) {
          joined.abort.abort()
          // The next who wants it must not join a task that is being given up.
          if (running.get(key) === joined) running.delete(key)
          await joined.result.catch(() => undefined)
        }
      }
    },
  }
}
