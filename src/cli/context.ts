import type { Config } from '../config.ts'
import { printable } from './render/printable.ts'
import { type Style, styleFor } from './render/style.ts'

/** What every command is given. */
export interface CommandContext {
  readonly config: Config
  readonly style: Style
  /** Whether standard output is a terminal, on which what was said can be drawn over. */
  readonly isTerminal: boolean
  /** The answer, on standard output. */
  say(text: string): void
  /** Bytes of others as the answer: as they are, unless a terminal shows them. Resolves when they are written. */
  write(bytes: Uint8Array): Promise<void>
  /** The same in the place of everything on a terminal. */
  redraw(text: string): void
  /** How many columns the terminal has now. */
  columns(): number
  /** Progress, on standard error, so that it never mixes with the answer. */
  progress(text: string): void
  exit(code: number): void
  /** Aborts at the first Ctrl-C or SIGTERM; the second ends the process at once. */
  readonly signal: AbortSignal
}

export function createContext(
  config: Config,
  isTerminal: boolean,
  exit: (code: number) => void,
): CommandContext {
  const interrupted = new AbortController()
  const interrupt = (): void => {
    if (interrupted.signal.aborted) process.exit(130)
    interrupted.abort()
  }
  // The one place through which all goes that a command prints.
  const shown = (text: string): string => printable(text, config.color)
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  return {
    config,
    style: styleFor(config.color),
    isTerminal,
    write: (bytes) => written(isTerminal ? shownLines(bytes) : bytes),
    say: (text) => console.log(shown(text)),
    redraw: (text) => console.log(`\u001b[H\u001b[J${shown(text)}`),
    columns: () => process.stdout.columns ?? 80,
    progress: (text) => console.error(shown(text)),
    exit,
    signal: interrupted.signal,
  }
}

function shownLines(bytes: Uint8Array): string {
  const text = printable(Buffer.from(bytes).toString('utf8'), false)
  return text.endsWith('\n') ? text : `${text}\n`
}

/** Whoever reads may stop reading: that is no failure. */
function written(content: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    // The stream tells of an error after the callback, too.
    const ignore = (): void => {}
    process.stdout.once('error', ignore)
    process.stdout.write(content, (error: NodeJS.ErrnoException | null | undefined) => {
      if (error && error.code !== 'EPIPE') return reject(error)
      if (!error) process.stdout.off('error', ignore)
      resolve()
    })
  })
}
