import { type DestinationStream, type Logger, pino } from 'pino'
import { redactValue } from '../../core/model/redact/redact-value.ts'
import type { Report } from '../../core/model/report.ts'
import { eventsOf } from '../../core/report/events/event.ts'

export type { Logger } from 'pino'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/**
 * JSON lines on `destination` (default: standard error, so that standard output stays the command's answer). Whatever
 * is logged passes the redaction; `secrets` gives values that are secret although they do not look it.
 */
export function createLogger(options: {
  readonly level: LogLevel
  readonly destination?: DestinationStream
  readonly secrets?: () => readonly string[]
}): Logger {
  const secrets = options.secrets ?? (() => [])
  const destination = options.destination ?? standardError()
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: plainError, error: plainError },
      // The last step before the stream: nothing, whether message, field or child binding, gets past it.
      hooks: {
        streamWrite: (line) => `${JSON.stringify(redactValue(JSON.parse(line), secrets()))}\n`,
      },
    },
    destination,
  )
}

/** A disk that is full behind standard error stops nobody: the lines that find no room are lost, and each further one is tried. */
function standardError(): DestinationStream {
  const open = () =>
    // A stream that failed would keep every line for ever: another one takes its place.
    pino.destination({ dest: 2, sync: true }).on('error', () => {
      stream = open()
    })
  let stream = open()
  return { write: (line) => void stream.write(line) }
}

/** One line for each action started, failed outcome, changed condition and new problem of this tick. */
export function logReport(logger: Logger, report: Report, previous: Report | undefined): void {
  for (const { tick, application, ref, reason, type, message } of eventsOf(report, previous)) {
    const fields = { tick, application, ...(ref === undefined ? {} : { ref }), reason }
    if (type === 'Warning') logger.warn(fields, message)
    else logger.info(fields, message)
  }
}

/** The stack as a list of its first lines, so that it stays readable in one line of JSON. */
function plainError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const stack = error.stack
    ?.split('\n')
    .slice(1, 9)
    .map((line) => line.trim())
  return { name: error.name, message: error.message, stack }
}
