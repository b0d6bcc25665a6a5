import { inspect } from 'node:util'
import { redact } from '../core/model/redact/redact.ts'
import { printable } from './render/printable.ts'

/** An error that nobody expected, as it may be printed: with its stack, and without the secrets in it. */
export function crashText(error: unknown): string {
  return printable(redact(inspect(error)), false)
}

/**
 * What nobody catches ends the process with exit code 1, and is told by `crashText`: Node itself would print all that the
 * error holds, and the line of the source. SIGUSR1 opens no inspector, through which every secret could be read.
 */
export function guardCrashes(): void {
  process.on('uncaughtException', (error) => {
    console.error(crashText(error))
    process.exit(1)
  })
  process.on('SIGUSR1', () => {})
}
